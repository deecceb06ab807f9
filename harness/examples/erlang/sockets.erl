%% The module `socket` of Erlang/OTP as an agent: the protocol of docs/protocol.md, one JSON object a
%% line, by the module `json` that OTP has since 27.
%%
%%     sockspec smoke "agent:harness/examples/erlang/run.sh"
%%
%% OTP makes every descriptor non-blocking and waits by itself, in a process of Erlang's. What is
%% its own:
%%
%% - Options have the names and the types that OTP has for them; an option, or a value, that it has
%%   none for goes by its number, as setopt_native/3 and getopt_native/3 take it.
%% - recv/4 on a stream waits until it has all that was asked for. So a receive is begun with
%%   `nowait`, and what is there then is what it returns; with MSG_WAITALL it is recv/4 as it is.
%% - MSG_DONTWAIT is OTP's time-out of 0, whose {error, timeout} is EAGAIN.
%% - It has no O_NONBLOCK: what set_nonblocking() asks for is kept with the socket, and its calls are
%%   then made with that time-out of 0, and a connect with `nowait`, whose `select` is EINPROGRESS.
%% - recvmsg/5 has one buffer, and recvmmsg/6 one size for the buffers of all messages.
%% - A stream's end is {error, closed}; so is a socket that another process has closed.
%% - A length of 0 is OTP's word for a default: to receive no bytes cannot be asked for, and no room
%%   for control data is one byte, in which no item has room.
%% - There is no poll(2), no socketpair(2), and no ioctl(2) but what OTP has a name for.
%%
%% What OTP refuses or reports by itself has a symbol of its own, EOTP..., and the number 0.
-module(sockets).
-export([main/1]).
-import(socket_calls, [outcome/2, value/1, within/1]).

main([Folder]) ->
    logger:remove_handler(default),
    Port = open_port({fd, 0, 1}, [binary, eof, {line, 1 bsl 20}]),
    put(port, Port),
    socket_names:load(filename:join(Folder, "numbers.txt")),
    loop(#{sockets => #{}, started => #{}, folders => [], last => 0}, <<>>).

loop(State, Begun) ->
    Port = get(port),
    receive
        {Port, {data, {noeol, Part}}} -> loop(State, <<Begun/binary, Part/binary>>);
        {Port, {data, {eol, Part}}} ->
            Message = #{~"id" := Id, ~"kind" := Kind} = json:decode(<<Begun/binary, Part/binary>>),
            {Answer, Next} = answer(Kind, Message, State),
            port_command(Port, [json:encode(Answer#{id => Id}), $\n]),
            case Kind of
                ~"bye" -> stop(Next);
                _ -> loop(Next, <<>>)
            end;
        {Port, eof} -> stop(State)
    end.

stop(State) ->
    reset(State),
    erlang:halt(0, [{flush, false}]).

answer(~"hello", _, State) -> {welcome(), State};
answer(~"call", #{~"call" := Call}, State) ->
    complete(Call, State),
    settle(outcome(Call, State), State);
answer(~"start", #{~"call" := Call}, #{last := Last, started := Started} = State) ->
    complete(Call, State),
    Main = self(),
    Number = Last + 1,
    Pid = spawn(fun() -> Main ! {done, Number, handed(outcome(Call, State), Main)} end),
    {value(Number), State#{last := Number, started := Started#{Number => Pid}}};
answer(~"is-blocked", #{~"pending" := Number, ~"within" := Within}, #{started := Started} = State) ->
    Pid = maps:get(Number, Started),
    case is_pid(Pid) andalso blocked(Number, Pid, within(min(Within, 0.1))) of
        {done, Outcome} -> {value(false), State#{started := Started#{Number := Outcome}}};
        Blocked -> {value(Blocked), State}
    end;
answer(~"result", #{~"pending" := Number, ~"within" := Within}, #{started := Started} = State) ->
    case maps:get(Number, Started) of
        Pid when is_pid(Pid) ->
            receive
                {done, Number, Outcome} -> settle(Outcome, State#{started := Started#{Number := Outcome}})
            after within(Within) -> {#{kind => running}, State}
            end;
        Outcome -> settle(Outcome, State)
    end;
answer(~"reset", _, State) -> {value(reset(State)), State#{sockets := #{}, started := #{}, folders := []}};
answer(_, _, State) -> {value(null), State}.

%% OTP sends nothing on a connection that was begun with `nowait` until connect/1 has completed it,
%% which it asks for when its message has come.
complete(#{~"primitive" := <<"send", _/binary>>, ~"sock" := Number}, #{sockets := Sockets}) ->
    Socket = maps:get(Number, Sockets, none),
    Handle = get({connecting, Socket}),
    receive
        {'$socket', Socket, select, Handle} ->
            erase({connecting, Socket}),
            socket:connect(Socket)
    after 0 -> ok
    end;
complete(_, _) -> ok.

%% Whether a process waits for a message, of which `socket` sends it one, or runs for so long.
blocked(Number, Pid, Within) ->
    receive
        {done, Number, Outcome} -> {done, Outcome}
    after min(Within, 1) ->
        case process_info(Pid, status) of
            {status, waiting} -> true;
            _ when Within =< 0 -> true;
            _ -> blocked(Number, Pid, Within - 1)
        end
    end.

%% A socket belongs to the process that made it, and is closed with that.
handed({made, Sockets, _} = Outcome, Owner) ->
    [socket:setopt(Each, {otp, controlling_process}, Owner) || Each <- Sockets],
    Outcome;
handed(Outcome, _) -> Outcome.

%% What a call made gets a number; what it closed loses its own.
settle({made, New, Answer}, #{sockets := Sockets, last := Last} = State) ->
    Numbers = lists:seq(Last + 1, Last + length(New)),
    Added = maps:from_list(lists:zip(Numbers, New)),
    {value(Answer(Numbers)), State#{last := Last + length(New), sockets := maps:merge(Sockets, Added)}};
settle({closed, Number, Answer}, #{sockets := Sockets} = State) ->
    {Answer, State#{sockets := maps:remove(Number, Sockets)}};
settle({folder, Path}, #{folders := Folders} = State) -> {value(Path), State#{folders := [Path | Folders]}};
settle(Answer, State) -> {Answer, State}.

reset(#{sockets := Sockets, started := Started, folders := Folders}) ->
    [exit(Pid, kill) || Pid <- maps:values(Started), is_pid(Pid)],
    Closing = [spawn_monitor(fun() -> socket:close(Each) end) || Each <- maps:values(Sockets)],
    [file:del_dir_r(Each) || Each <- Folders],
    length([left || {_, Watched} <- Closing, receive {'DOWN', Watched, _, _, _} -> false after 500 -> true end]).

%% -- what it is ---------------------------------------------------------------------------

settings() ->
    [~"net.core.rmem_default", ~"net.core.rmem_max", ~"net.core.wmem_default", ~"net.core.wmem_max", ~"net.core.somaxconn",
     ~"net.core.optmem_max", ~"net.ipv4.tcp_rmem", ~"net.ipv4.tcp_wmem", ~"net.ipv4.tcp_keepalive_time",
     ~"net.ipv4.tcp_keepalive_intvl", ~"net.ipv4.tcp_keepalive_probes", ~"net.ipv4.tcp_syn_retries",
     ~"net.ipv4.tcp_fin_timeout", ~"net.ipv4.ip_default_ttl", ~"net.ipv4.ip_local_port_range",
     ~"net.ipv4.ip_unprivileged_port_start", ~"net.ipv6.bindv6only", ~"net.unix.max_dgram_qlen"].

read(Path) ->
    case file:read_file(Path) of
        {ok, Text} -> iolist_to_binary(lists:join(" ", string:lexemes(Text, " \t\n")));
        _ -> none
    end.

welcome() ->
    Otp = filename:join([code:root_dir(), "releases", erlang:system_info(otp_release), "OTP_VERSION"]),
    Version = read(Otp),
    Release = read("/proc/sys/kernel/osrelease"),
    {match, [Kernel]} = re:run(Release, "^[0-9.]+", [{capture, first, binary}]),
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Mask]} = re:run(Status, "CapEff:\\s*([0-9a-f]+)", [{capture, all_but_first, binary}]),
    Shown = [{Name, read(iolist_to_binary([~"/proc/sys/", string:replace(Name, ".", "/", all)]))} || Name <- settings()],
    [Machine | _] = string:split(erlang:system_info(system_architecture), "-"),
    Platform = #{profile => erlang, system => ~"Linux", release => Release, version => Kernel,
                 machine => list_to_binary(Machine), byte_order => little, interpreter => ~"Erlang/OTP",
                 interpreter_version => Version, capabilities => Mask,
                 privileged => binary_to_integer(Mask, 16) band (1 bsl 12) =/= 0, hz => hz(),
                 settings => #{Name => Value || {Name, Value} <- Shown, Value =/= none}},
    #{kind => welcome, protocol => 1, backend => erlang, version => Version,
      implementation => <<"module socket of Erlang/OTP ", Version/binary>>, label => <<"Erlang/OTP ", Version/binary>>,
      system => linux, byte_order => little, long_size => 8, platform => Platform,
      constants => persistent_term:get(numbers), primitives => primitives()}.

primitives() ->
    [new, close, dup, adopt, fileno, bind, listen, connect, accept, local_addr, peer_addr, shutdown, getsockopt, setsockopt,
     set_nonblocking, ioctl, sockatmark, recv, recvfrom, recvmsg, recvmmsg, send, sendto, sendmsg, sendmmsg, writev].

%% Linux keeps SO_RCVTIMEO in ticks and rounds up: a microsecond reads back as one.
hz() ->
    {ok, Socket} = socket:open(inet, stream),
    ok = socket:setopt_native(Socket, {1, 20}, <<0:64/native, 1:64/native>>),
    {ok, <<_:64, Tick:64/native>>} = socket:getopt_native(Socket, {1, 20}, 16),
    ok = socket:close(Socket),
    round(1000000 / Tick).
