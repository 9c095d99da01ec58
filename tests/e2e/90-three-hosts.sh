#!/bin/bash
# A broker and two worker hosts, each in a network namespace of its own, joined by cables
# that are pulled, blocked and slowed: work is done on both, once, and nothing is lost.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "namespaces need root"
for tool in ip nft tc; do command -v $tool >/dev/null || skip "no $tool: apt install iproute2 nftables"; done
id=hs$$
hosts=(hub east west)
clean_up_more() {
	local host
	for host in "${hosts[@]}"; do ip netns del "$id$host" 2>/dev/null; done
}
for host in "${hosts[@]}"; do ip netns add "$id$host" 2>/dev/null || skip "this machine makes no namespaces"; done
cable() { # HOST NUMBER: from the hub, 10.77.NUMBER.1, to the host, 10.77.NUMBER.2
	ip link add "$id$2a" type veth peer name "$id$2b" || return 1
	ip link set "$id$2a" netns "${id}hub" && ip link set "$id$2b" netns "$id$1" &&
		ip -n "${id}hub" addr add "10.77.$2.1/24" dev "$id$2a" && ip -n "${id}hub" link set "$id$2a" up &&
		ip -n "$id$1" addr add "10.77.$2.2/24" dev "$id$2b" && ip -n "$id$1" link set "$id$2b" up
}
cable east 1 || skip "this machine has no veth"
cable west 2 || skip "this machine has no veth"
ip -n "${id}hub" link set lo up
on() { ip netns exec "$id$1" "${@:2}"; }
export HEARSAY_BROKER=tcp://127.0.0.1:5570
keys=$T/keys
hub() { on hub "$hearsay" "$@" --secret-key "$T/boss" --broker-key "$keys/broker.pub"; }
number() { hub stats --json 2>/dev/null | sed -n "s/.*\"$1\":\([0-9][0-9]*\).*/\1/p"; }
is() { [ "$(number "$1")" = "$2" ]; }
at_least() { [ "$(number "$1" || echo 0)" -ge "$2" ]; }
begin_broker() {
	start broker ip netns exec "${id}hub" "$BIN/hearsay-broker" --data "$T/data" --keys "$keys" --clients "tcp://*:5570" \
		--workers "tcp://*:5571" --heartbeat 500ms --lease 10s "$@"
}
begin_worker() { # HOST SUBNET [SECRET]
	start "$1" ip netns exec "$id$1" "$BIN/hearsay-worker" --broker "tcp://10.77.$2.1:5571" --threads 1 --prefetch 1 \
		--secret-key "${3:-$T/$1}" --broker-key "$keys/broker.pub" --log-level debug
}
sentences() { # DIR FROM N: short articles, no two alike
	mkdir -p "$1"
	awk -v d="$1" -v f="$2" -v n="$3" 'BEGIN { for (i = f; i < f + n; i++) { o = sprintf("%s/s%05d.txt", d, i)
		printf "The mill will hire %d people, Mayor Ida Rask said on Monday.\n", i > o; close(o) } }'
}

for who in boss desk east west stranger; do "$hearsay" keys new -q "$T/$who" >/dev/null; done
begin_broker
fact "a broker for other hosts asks for keys of itself" within 20 logged broker 'keys broker_key='
"$hearsay" keys allow -q --keys "$keys" --as admin "$T/boss.pub"
"$hearsay" keys allow -q --keys "$keys" --as client "$T/desk.pub"
for host in east west; do "$hearsay" keys allow -q --keys "$keys" --as worker "$T/$host.pub"; done
within 10 logged broker 'list=.*/workers state=read keys=2'

for thief in stranger desk; do
	begin_worker east 1 "$T/$thief"
	fact "the key of the $thief does not come in from another host" within 15 logged east 'does not let us in'
	fact "and the log says who tried" logged broker 'refused door=workers address=10.77.1.2'
	kill9 east
done
start east ip netns exec "${id}east" "$BIN/hearsay-worker" --broker "tcp://10.77.1.1:5571" --threads 1
fact "nor does a worker without one" within 20 logged east 'state=\|waiting'
sleep 1
fact "none has joined" is workers 0
kill9 east

begin_worker east 1
begin_worker west 2
fact "two hosts join" within 20 is workers 2
sentences "$T/first" 0 200
hub submit -q "$T/first" >/dev/null
fact "200 articles are done" within 120 is "done" 200
fact "on both hosts" test "$(grep -c 'state=done\|job=' "$T/east.log")" -gt 0 -a "$(grep -c 'state=done\|job=' "$T/west.log")" -gt 0

paragraphs 400 >"$T/long.txt" # some seconds of work
hub submit -q "$T/long.txt" >/dev/null
who_has_it() { hub why long 2>/dev/null; }
within 10 is leased 1
subnet=1 # of the host that works at it
grep -q "$(sed -n 's/.*worker="\([^"]*\)" state=joined.*/\1/p' "$T/broker.log" | tail -n 1)" <(who_has_it) && subnet=2
ip -n "${id}hub" link set "$id${subnet}a" down
fact "the cable of the host that works is pulled: it is missed" within 30 logged broker 'it fell silent'
fact "the article is done by the other" within 120 is "done" 201
ip -n "${id}hub" link set "$id${subnet}a" up
fact "which comes back by itself" within 60 is workers 2
equal "it was done once" "$(timeout 20 ip netns exec "${id}hub" "$hearsay" get --json long --secret-key "$T/boss" --broker-key "$keys/broker.pub" | grep -c '"state":"done"')" 1
fact "nothing is left over" is leased 0

on hub nft add table inet wall
on hub nft add chain inet wall in '{ type filter hook input priority 0; }'
on hub nft add rule inet wall in tcp dport 5571 drop
sentences "$T/second" 1000 50
hub submit -q "$T/second" >/dev/null
fact "a firewall that drops everything leaves the hub alone" within 30 is workers 0
on hub nft delete table inet wall
fact "and once it is gone the work goes on" within 120 is "done" 251

on hub tc qdisc add dev "${id}1a" root tbf rate 256kbit burst 16k latency 2s
on east tc qdisc add dev "${id}1b" root tbf rate 256kbit burst 16k latency 2s
kill9 west
sentences "$T/third" 2000 60
hub submit -q "$T/third" >/dev/null
fact "a slow cable is slow and no more" within 120 is "done" 311
begin_worker west 2

sentences "$T/many" 10000 2000
hub submit -q "$T/many" >/dev/null &
pid[submit]=$!
within 60 at_least "done" 500
kill9 broker
begin_broker
ended submit
equal "a broker is killed under 2,000 articles, and the client does not mind" "$status" 0
fact "all are done" within 240 is "done" 2311
fact "none failed" is dead 0
hub get --json --all-from <(cd "$T/many" && ls | sed 's/.txt$//') >"$T/results" 2>/dev/null
equal "each once" "$(grep -c '"state":"done"' "$T/results")" 2000
equal "and none twice" "$(sed 's/.*"key":"\([^"]*\)".*/\1/' "$T/results" | sort | uniq -d | wc -l)" 0
kill9 broker
begin_broker --max-per-address 2
fact "two hosts are back" within 30 is workers 2
for extra in 1 2 3; do
	start "extra$extra" ip netns exec "${id}east" "$BIN/hearsay-worker" --broker "tcp://10.77.1.1:5571" --threads 1 \
		--secret-key "$T/east" --broker-key "$keys/broker.pub"
done
fact "of one address no more come than may" within 20 logged broker 'workers of 10.77.1.2 are connected already'
fact "and those that may are there" within 20 is workers 3
for extra in 1 2 3; do kill9 "extra$extra"; done
"$hearsay" keys revoke -q --keys "$keys" east
fact "a host whose key is revoked is out" within 20 is workers 1
finish
