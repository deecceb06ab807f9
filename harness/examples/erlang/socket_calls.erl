%% The calls of the protocol, made on OTP's sockets.
-module(socket_calls).
-export([outcome/2, value/1, within/1]).
-import(socket_names, [address/1, control/1, decoded/2, domains/0, encoded/1, kind/2, level/1, named/2, refuse/1,
                       sockaddr/1, types/0, upper/1, whole/1]).

outcome(#{~"primitive" := Primitive} = Call, #{sockets := Sockets}) ->
    try
        Socket = case Call of
            #{~"sock" := Number} when is_map_key(Number, Sockets) -> maps:get(Number, Sockets);
            #{~"sock" := _} -> throw({error, ebadf});
            #{} -> none
        end,
        case call(Primitive, Socket, Call) of
            ok -> value(null);
            {ok, Value} -> value(Value);
            {error, Reason} -> failed(Reason);
            Other -> Other
        end
    catch
        throw:{error, Thrown} -> failed(Thrown);
        throw:{refused, Why} -> #{kind => unsupported, feature => Primitive, why => Why};
        error:badarg -> failed(badarg);
        error:{invalid, What} -> failed({invalid, What});
        error:Fault -> #{kind => fault, type => ~"error", message => text(Fault)}
    end.

failed(Reason) ->
    case persistent_term:get(errors) of
        #{Reason := {Symbol, Number}} -> #{kind => error, symbol => Symbol, number => Number};
        #{} ->
            Word = if is_tuple(Reason) -> element(1, Reason); true -> Reason end,
            #{kind => error, symbol => <<"EOTP", (upper(Word))/binary>>, number => 0, message => text(Reason)}
    end.

value(Value) -> #{kind => value, value => Value}.
within(Seconds) -> round(Seconds * 1000).
text(Term) -> unicode:characters_to_binary(io_lib:format("~0tp", [Term])).

call(~"constant", _, #{~"symbol" := Symbol}) -> {ok, maps:get(Symbol, persistent_term:get(numbers), null)};
call(~"errno_symbol", _, #{~"number" := Number}) ->
    Found = [Symbol || _ := {Symbol, Each} <- persistent_term:get(errors), Each =:= Number],
    {ok, hd(Found ++ [<<"E", (integer_to_binary(Number))/binary>>])};
call(~"folder", _, _) ->
    Name = io_lib:format("sockspec-~s-~b", [os:getpid(), erlang:unique_integer([positive])]),
    Path = filename:join(os:getenv("TMPDIR", "/tmp"), Name),
    case file:make_dir(Path) of
        ok -> {folder, unicode:characters_to_binary(Path)};
        Error -> Error
    end;
call(~"new", _, #{~"family" := Family, ~"type" := Type} = Call) ->
    made(socket:open(named(Family, domains()), named(Type, types()), maps:get(~"protocol", Call, 0)));
call(~"dup", Socket, _) ->
    maybe
        {ok, Descriptor} ?= socket:getopt(Socket, {otp, fd}),
        made(socket:open(Descriptor, #{dup => true}))
    end;
call(~"adopt", _, #{~"fileno" := Descriptor}) -> made(socket:open(Descriptor, #{dup => false}));
call(~"fileno", Socket, _) -> socket:getopt(Socket, {otp, fd});
call(~"close", Socket, #{~"sock" := Number}) ->
    {closed, Number, case socket:close(Socket) of ok -> value(null); {error, Reason} -> failed(Reason) end};
call(~"bind", Socket, #{~"address" := To}) -> socket:bind(Socket, sockaddr(To));
call(~"listen", Socket, #{~"backlog" := Backlog}) -> socket:listen(Socket, Backlog);
call(~"set_nonblocking", Socket, #{~"on" := On}) -> socket:setopt(Socket, {otp, meta}, On);
call(~"connect", Socket, #{~"address" := To}) ->
    Timeout = case mode(Socket) of now -> nowait; some -> infinity end,
    case socket:connect(Socket, sockaddr(To), Timeout) of
        {select, {select_info, connect, Handle}} ->
            put({connecting, Socket}, Handle),
            {error, einprogress};
        Result -> Result
    end;
call(~"accept", Socket, _) ->
    case made(socket:accept(Socket, limit(mode(Socket)))) of
        {made, Made, _} -> {made, Made, fun([Number]) -> [Number, null] end};
        {error, timeout} -> {error, eagain};
        Error -> Error
    end;
call(~"local_addr", Socket, _) -> address_of(socket:sockname(Socket));
call(~"peer_addr", Socket, _) -> address_of(socket:peername(Socket));
call(~"shutdown", Socket, #{~"how" := How}) -> socket:shutdown(Socket, named(How, #{read => 0, write => 1, read_write => 2}));
call(~"getsockopt", Socket, #{~"level" := Level, ~"name" := Name, ~"length" := Length}) ->
    base64(case persistent_term:get(options) of
        #{{Level, Name} := {Option, Type}} when Length =:= 8, Type =:= linger; Length =:= 4, Type =/= linger ->
            maybe {ok, Value} ?= socket:getopt(Socket, Option), {ok, encoded(Value)} end;
        #{} -> socket:getopt_native(Socket, {Level, Name}, Length)
    end);
call(~"setsockopt", Socket, #{~"level" := Level, ~"name" := Name, ~"value" := Text}) ->
    Value = base64:decode(Text),
    Known = maps:get({Level, Name}, persistent_term:get(options), none),
    case decoded(Known, Value) of
        none -> socket:setopt_native(Socket, {Level, Name}, Value);
        {Option, Term} -> socket:setopt(Socket, Option, Term)
    end;
call(~"ioctl", Socket, #{~"request" := Request}) ->
    case persistent_term:get(numbers) of
        #{~"FIONREAD" := Request} -> base64(whole(socket:ioctl(Socket, nread)));
        #{~"SIOCATMARK" := Request} -> base64(whole(socket:ioctl(Socket, atmark)));
        #{} -> refuse(~"ioctl takes requests by the names that OTP has for them")
    end;
call(~"sockatmark", Socket, _) -> socket:ioctl(Socket, atmark);
call(~"recv", Socket, #{~"size" := Size} = Call) ->
    base64(ended(received(Socket, asked(Size), flags(Socket, Call)), Socket, <<>>));
call(~"recvfrom", Socket, #{~"size" := Size} = Call) ->
    {Flags, How} = flags(Socket, Call),
    maybe
        {ok, {From, Data}} ?= ended(socket:recvfrom(Socket, asked(Size), Flags, limit(How)), Socket, {none, <<>>}),
        {ok, [base64:encode(Data), address(From)]}
    end;
call(~"recvmsg", Socket, #{~"sizes" := [Size]} = Call) ->
    {Flags, How} = flags(Socket, Call),
    Room = max(1, maps:get(~"control", Call, 0)),
    End = #{iov => [], ctrl => [], flags => []},
    maybe
        {ok, Message} ?= ended(socket:recvmsg(Socket, asked(Size), Room, Flags, limit(How)), Socket, End),
        {ok, message(Message)}
    end;
call(~"recvmsg", _, _) -> refuse(~"recvmsg has one buffer");
call(~"recvmmsg", Socket, #{~"sizes" := [[Size] | _] = All} = Call) ->
    lists:all(fun(Each) -> Each =:= [Size] end, All) orelse refuse(~"recvmmsg has one size for all"),
    {Flags, How} = flags(Socket, Call),
    Room = max(1, maps:get(~"control", Call, 0)),
    Timeout = case Call of #{~"timeout" := null} -> limit(How); #{~"timeout" := Within} -> min(within(Within), limit(How)) end,
    case ended(socket:recvmmsg(Socket, length(All), asked(Size), Room, Flags, Timeout), Socket, []) of
        {ok, Messages} -> {ok, [message(Each) || Each <- Messages]};
        Error -> Error
    end;
call(~"recvmmsg", _, _) -> refuse(~"recvmmsg has one buffer for each message");
call(~"send", Socket, #{~"data" := Text} = Call) ->
    {Flags, How} = flags(Socket, Call),
    Data = base64:decode(Text),
    sent(socket:send(Socket, Data, Flags, limit(How)), [Data]);
call(~"sendto", Socket, #{~"data" := Text, ~"address" := To} = Call) ->
    {Flags, How} = flags(Socket, Call),
    Data = base64:decode(Text),
    sent(socket:sendto(Socket, Data, sockaddr(To), Flags, limit(How)), [Data]);
call(~"sendmsg", Socket, #{~"parts" := Texts} = Call) ->
    {Flags, How} = flags(Socket, Call),
    Message = #{iov := Parts} = to_send(Texts, maps:get(~"control", Call, []), maps:get(~"address", Call, null)),
    sent(socket:sendmsg(Socket, Message, Flags, limit(How)), Parts);
call(~"sendmmsg", Socket, #{~"messages" := Given} = Call) ->
    {Flags, How} = flags(Socket, Call),
    Messages = [to_send(Texts, Control, To) || [Texts, Control, To] <- Given],
    case socket:sendmmsg(Socket, Messages, Flags, limit(How)) of
        ok -> {ok, [iolist_size(Parts) || #{iov := Parts} <- Messages]};
        {ok, _} -> refuse(~"sendmmsg does not say which messages it sent a part of");
        {error, timeout} -> {error, eagain};
        Error -> Error
    end;
call(~"writev", Socket, #{~"parts" := Texts}) ->
    Parts = [base64:decode(Each) || Each <- Texts],
    sent(socket:sendv(Socket, Parts), Parts);
call(_, _, _) -> refuse(~"OTP has no such call").

address_of({ok, Address}) -> {ok, address(Address)};
address_of(Error) -> Error.

made({ok, Socket}) -> {made, [Socket], fun([Number]) -> Number end};
made(Error) -> Error.

base64({ok, Data}) -> {ok, base64:encode(Data)};
base64(Error) -> Error.

%% -- data ---------------------------------------------------------------------------------

asked(0) -> refuse(~"a length of 0 is a default length");
asked(Size) -> Size.

mode(Socket) ->
    case socket:getopt(Socket, {otp, meta}) of {ok, true} -> now; _ -> some end.

%% The names that OTP has for flags, the numbers of others, and how long a call waits.
flags(Socket, Call) ->
    Given = maps:get(~"flags", Call, 0),
    Numbers = persistent_term:get(numbers),
    #{~"MSG_DONTWAIT" := Now, ~"MSG_WAITALL" := All} = Numbers,
    Known = [{Name, Number} || {Name, true} <- socket:supports(msg_flags),
                               Number <- [maps:get(<<"MSG_", (upper(Name))/binary>>, Numbers, 0)],
                               Number band Given =/= 0],
    Rest = lists:foldl(fun({_, Number}, Left) -> Left band bnot Number end, Given band bnot Now, Known),
    How = case mode(Socket) of
        some when Given band Now =:= 0, Given band All =/= 0 -> all;
        some when Given band Now =:= 0 -> some;
        _ -> now
    end,
    {[Name || {Name, _} <- Known] ++ [Rest || Rest =/= 0], How}.

limit(now) -> 0;
limit(_) -> infinity.

received(Socket, Size, {Flags, some}) ->
    case socket:recv(Socket, Size, Flags, nowait) of
        {select, {{select_info, _, _} = Begun, Data}} ->
            socket:cancel(Socket, Begun),
            {ok, Data};
        {select, {select_info, _, Handle}} ->
            receive
                {'$socket', Socket, select, Handle} -> received(Socket, Size, {Flags, some});
                {'$socket', Socket, abort, {Handle, Reason}} -> {error, Reason}
            end;
        Result -> Result
    end;
received(Socket, Size, {Flags, How}) -> socket:recv(Socket, Size, Flags, limit(How)).

%% What came before an error is what a receive returns; {error, closed} is the end of a stream, or a
%% socket that has been closed meanwhile.
ended({error, {_, Data}}, _, _) when is_binary(Data) -> {ok, Data};
ended({error, timeout}, _, _) -> {error, eagain};
ended({error, closed}, Socket, End) ->
    case socket:getopt(Socket, {otp, fd}) of
        {ok, _} -> {ok, End};
        Error -> Error
    end;
ended(Result, _, _) -> Result.

sent(ok, Parts) -> {ok, iolist_size(Parts)};
sent({error, {Reason, Rest}}, Parts) when Reason =/= invalid -> {ok, iolist_size(Parts) - iolist_size(Rest)};
sent({error, timeout}, _) -> {error, eagain};
sent(Error, _) -> Error.

to_send(Texts, Control, To) ->
    Message = #{iov => [base64:decode(Each) || Each <- Texts], ctrl => [control(Each) || Each <- Control]},
    case To of null -> Message; _ -> Message#{addr => sockaddr(To)} end.

message(#{iov := Parts, ctrl := Items, flags := Flags} = Message) ->
    Data = iolist_to_binary(Parts),
    Numbers = persistent_term:get(numbers),
    Bits = [if is_integer(Each) -> Each; true -> map_get(<<"MSG_", (upper(Each))/binary>>, Numbers) end || Each <- Flags],
    Control = [[level(Level), kind(Level, Type), base64:encode(Bytes)]
               || #{level := Level, type := Type, data := Bytes} <- Items],
    #{length => byte_size(Data), data => [base64:encode(Data)], control => Control,
      flags => lists:foldl(fun(Bit, All) -> Bit bor All end, 0, Bits), address => address(maps:get(addr, Message, none))}.
