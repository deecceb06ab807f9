%% Numbers and bytes of the protocol, and the names and terms that OTP has for them.
-module(socket_names).
-export([address/1, control/1, decoded/2, domains/0, encoded/1, kind/2, level/1, load/1, named/2, refuse/1, sockaddr/1,
         types/0, upper/1, whole/1]).

load(File) ->
    {ok, Text} = file:read_file(File),
    Lines = [Line || Line <- binary:split(Text, ~"\n", [global]), not is_comment(Line)],
    Words = [binary:split(Word, ~"=") || Line <- Lines, Word <- binary:split(Line, ~" ", [global, trim_all])],
    Numbers = #{Symbol => binary_to_integer(Number) || [Symbol, Number] <- Words},
    Errors = #{binary_to_atom(string:lowercase(Symbol)) => {Symbol, Number}
               || Symbol := Number <- Numbers, binary:first(Symbol) =:= $E},
    persistent_term:put(errors, Errors#{enotsup => map_get(eopnotsupp, Errors)}),
    persistent_term:put(numbers, maps:without([Symbol || {Symbol, _} <- maps:values(Errors)], Numbers)),
    load_options().

is_comment(Line) -> binary:match(Line, ~"#") =:= {0, 1}.

upper(Word) -> list_to_binary(string:uppercase(atom_to_list(Word))).
refuse(Why) -> throw({refused, Why}).

%% -- control data -------------------------------------------------------------------------

levels() -> #{socket => 1, ip => 0, ipv6 => 41, tcp => 6, udp => 17}.
level(Level) -> maps:get(Level, levels(), Level).

kind(_, Type) when is_integer(Type) -> Type;
kind(Level, Type) ->
    Found = [Number || Prefix <- prefixes(Level),
                       Number <- [maps:get(<<Prefix/binary, (upper(Type))/binary>>, persistent_term:get(numbers), none)],
                       Number =/= none],
    hd(Found).

prefixes(socket) -> [~"SCM_", ~"SO_"];
prefixes(Level) -> [<<(upper(Level))/binary, "_">>].

control([Level, Type, Text]) ->
    Sent = [{socket, rights}, {socket, credentials}, {ip, tos}, {ip, ttl}, {ipv6, tclass}],
    Named = [Each || {On, Name} = Each <- Sent, level(On) =:= Level, kind(On, Name) =:= Type],
    {L, T} = hd(Named ++ [{Level, Type}]),
    #{level => L, type => T, data => base64:decode(Text)}.

%% -- options ------------------------------------------------------------------------------

%% OTP itself says what type an option has that it knows: by the values it reads.
load_options() ->
    Opened = [Socket || Domain <- [inet, inet6], Type <- [stream, dgram],
                        {ok, Socket} <- [socket:open(Domain, Type)]],
    Types = [{{level(Level), Number}, {{Level, Name}, Type}}
             || {{Level, Name}, true} <- socket:supports(options),
                is_map_key(Level, levels()),
                Number <- [maps:get(<<(hd(lists:reverse(prefixes(Level))))/binary, (upper(Name))/binary>>,
                                    persistent_term:get(numbers), none)],
                Number =/= none,
                Type <- lists:sublist([type(Value) || Socket <- Opened,
                                                      {ok, Value} <- [socket:getopt(Socket, {Level, Name})]], 1),
                Type =/= other],
    [socket:close(Each) || Each <- Opened],
    persistent_term:put(options, maps:from_list(Types)).

type(Value) when is_boolean(Value) -> boolean;
type(Value) when is_integer(Value); is_atom(Value); is_map_key(native, Value) -> integer;
type(#{onoff := _}) -> linger;
type(_) -> other.

decoded({Option, boolean}, <<Value:32/native>>) when Value < 2 -> {Option, Value =:= 1};
decoded({{ipv6, Hops} = Option, integer}, <<16#ffffffff:32>>) when Hops =:= unicast_hops; Hops =:= multicast_hops ->
    {Option, default};
decoded({Option, integer}, <<Value:32/native-signed>>) -> {Option, Value};
decoded({Option, linger}, <<On:32/native, Time:32/native-signed>>) when On < 2 ->
    {Option, #{onoff => On =:= 1, linger => Time}};
decoded(_, _) -> none.

encoded(#{onoff := On, linger := Time}) -> <<(whole(On))/binary, Time:32/native>>;
encoded(#{native := Value}) -> whole(Value);
encoded(Value) -> whole(Value).

whole({ok, Value}) -> {ok, whole(Value)};
whole({error, _} = Error) -> Error;
whole(false) -> whole(0);
whole(true) -> whole(1);
whole(Value) when is_integer(Value) -> <<Value:32/native>>;
whole(Name) -> whole(map_get(Name, maps:merge(maps:merge(domains(), types()), words()))).

words() -> #{default => 0, ip => 0, icmp => 1, tcp => 6, udp => 17, 'ipv6-icmp' => 58, udplite => 136, mptcp => 262,
             dont => 0, want => 1, do => 2, probe => 3}.

%% -- names of sockets ---------------------------------------------------------------------

domains() -> #{local => 1, inet => 2, inet6 => 10}.
types() -> #{stream => 1, dgram => 2, raw => 3, seqpacket => 5}.

named(Number, Names) -> hd([Name || Name := Each <- Names, Each =:= Number] ++ [Number]).

sockaddr(#{~"family" := ~"inet", ~"host" := Host, ~"port" := Port}) ->
    #{family => inet, addr => tuple(Host), port => Port};
sockaddr(#{~"family" := ~"inet6", ~"host" := Host, ~"port" := Port} = Given) ->
    #{family => inet6, addr => tuple(Host), port => Port,
      flowinfo => maps:get(~"flowinfo", Given, 0), scope_id => maps:get(~"scope_id", Given, 0)};
sockaddr(#{~"family" := ~"unix", ~"path" := Path}) -> #{family => local, path => base64:decode(Path)};
sockaddr(#{~"data" := Data}) ->
    case base64:decode(Data) of
        <<Family:16/native, Rest/binary>> -> #{family => Family, addr => Rest};
        _ -> refuse(~"an address has a family")
    end.

tuple(Host) ->
    {ok, Address} = inet:parse_strict_address(binary_to_list(Host)),
    Address.

address(#{family := inet, addr := Host, port := Port}) ->
    #{family => inet, host => list_to_binary(inet:ntoa(Host)), port => Port};
address(#{family := inet6, addr := Host, port := Port, flowinfo := Flow, scope_id := Scope}) ->
    #{family => inet6, host => list_to_binary(inet:ntoa(Host)), port => Port, flowinfo => Flow, scope_id => Scope};
address(#{family := local, path := Path}) -> #{family => unix, path => base64:encode(Path)};
address(#{family := unspec, addr := <<>>}) -> null; % nothing came
address(#{family := unspec, addr := Data}) -> #{family => raw, data => base64:encode(<<0:16, Data/binary>>)};
address(#{family := packet, addr := Data}) -> address(#{family => 17, addr => Data});
address(#{family := Family, addr := Data}) -> #{family => raw, data => base64:encode(<<Family:16/native, Data/binary>>)};
address(_) -> null.
