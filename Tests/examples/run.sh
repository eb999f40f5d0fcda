#!/bin/sh
# Builds the C examples with plain cc through pkg-config from an install prefix, and the Swift ones as a package
# of their own, and lets all of them make videos at once. (The Python examples are run by the Python suite.)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
"$I2V_SANDBOX" --job-seconds 5 --port-file "$work/port" >"$work/sandbox.log" 2>&1 &
sandbox=$!
trap 'kill $sandbox ${relay:-} 2>/dev/null; rm -rf "$work"' EXIT
# Waits until a command succeeds; gives up after a minute.
until_so() {
    for _ in $(seq 600); do "$@" && return || sleep 0.1; done
    echo "never: $*"
    return 1
}

export PKG_CONFIG_PATH="$I2V_STAGE/lib/pkgconfig" LD_LIBRARY_PATH="$I2V_STAGE/lib"
for name in twelve_lines save_one many go_on models webhook_receiver; do
    # shellcheck disable=SC2046
    cc -Wall -Wextra -Werror "$top/examples/c/$name.c" -o "$work/$name" $(pkg-config --cflags --libs image2video)
done
swift build --package-path "$top/examples/swift" 2>&1 | grep -E 'error|warning: unused|Compiling|Build' || true
swift=$top/examples/swift/.build/debug

until_so [ -s "$work/port" ]
export AKOOL_API_KEY=sandbox-key AKOOL_BASE_URL="http://127.0.0.1:$(cat "$work/port")"
ffmpeg -v error -f lavfi -i testsrc2=s=640x480 -frames:v 1 "$work/picture.png"
picture=$(python3 - "$AKOOL_BASE_URL" "$work/picture.png" <<'P'
import json, sys, urllib.request
url = sys.argv[1] + "/_sandbox/upload?name=picture.png"
request = urllib.request.Request(url, data=open(sys.argv[2], "rb").read(), method="POST")
print(json.load(urllib.request.urlopen(request))["url"])
P
)

# Side by side: with the service's own pace each takes a quarter of a minute, nearly all of it waiting.
mkdir "$work/c" "$work/go" "$work/swift"
start() { # LOG COMMAND...
    log=$1
    shift
    { "$@" >"$work/$log.log" 2>&1 && echo ok || echo "exit $?"; } >"$work/$log.result" &
}
"$work/models" >"$work/models.log" 2>&1 && "$work/models" AkoolImage2VideoFastV1 1080p 10 >>"$work/models.log" 2>&1 &&
    echo ok >"$work/models.result" || echo "exit $?" >"$work/models.result"
# The receiver takes any port. What stands before it, as a web server would, has a port before the receiver begins.
touch "$work/webhook_receiver.log"
python3 "$top/Tests/examples/relay.py" "$work/relay" "$work/webhook_receiver.log" &
relay=$!
until_so [ -s "$work/relay" ]
# With id and secret in place of the key, and with callers who are not the service.
(
    unset AKOOL_API_KEY
    export AKOOL_CLIENT_ID=sandbox-client-id AKOOL_CLIENT_SECRET=sandbox-client-secret-24
    start webhook_receiver "$work/webhook_receiver" 0 "http://127.0.0.1:$(cat "$work/relay")/hook" "$picture" "$work/hooked.mp4"
    until_so grep -q "^listening on port" "$work/webhook_receiver.log"
    start strangers python3 "$top/Tests/examples/strangers.py" "$(sed -n 's/^listening on port //p' "$work/webhook_receiver.log")"
    wait
) &
start twelve_lines "$work/twelve_lines" "$picture" "$work/twelve_lines.mp4"
start save_one "$work/save_one" "$picture" "$work/save_one.mp4"
start many "$work/many" "$work/c" "$picture" "$picture"
# Killed with its videos in the making, and started again.
(
    "$work/go_on" "$work/jobs.sqlite" "$work/go" "$picture" "$picture" >"$work/killed.log" 2>&1 &
    killed=$!
    has_created() { [ "$(grep -c ^created "$work/killed.log")" = 2 ]; }
    until_so has_created
    kill -9 $killed
    # The same files, however they are named.
    cd "$work"
    start go_on "$work/go_on" jobs.sqlite ./go "$picture" "$picture"
    wait
) &
start swift_save_one "$swift/SaveOne" "$picture" "zoom out" "$work/swift_save_one.mp4"
(
    cd "$work/swift"
    start swift_many "$swift/Many" "$picture" "$picture"
    start swift_watch "$swift/Watch" "$picture" "$picture"
    wait
)
logs="twelve_lines save_one many go_on models webhook_receiver strangers swift_save_one swift_many swift_watch"
for log in $logs; do
    until_so [ -s "$work/$log.result" ]
done

failed=0
for log in $logs; do
    result=$(cat "$work/$log.result")
    [ "$result" = ok ] || { failed=1; echo "$log: $result"; cat "$work/$log.log"; }
done
for event in created status progress done; do
    if ! grep -q "^2: $event," "$work/swift_watch.log"; then
        failed=1
        echo "swift_watch: no word of $event"
    fi
done
expect() { # LOG TEXT
    grep -q "$2" "$work/$1.log" || { failed=1; echo "$1 does not say \"$2\":"; cat "$work/$1.log"; }
}
expect models "^AkoolImage2VideoFastV1 .*Akool Fast"
expect models "^squish_89244231312 .*Squish"
expect models "^1.2 to 12.0 credits .*the model's entry"
expect go_on "^2 taken up"
expect webhook_receiver "^webhook: video .* has status 3"
expect webhook_receiver "^refused: no webhook"
expect webhook_receiver "^refused: .*signature"
for file in twelve_lines.mp4 save_one.mp4 hooked.mp4 swift_save_one.mp4 c/1.mp4 c/2.mp4 go/1.mp4 go/2.mp4 swift/video-1.mp4 \
    swift/video-2.mp4 swift/watch-1.mp4 swift/watch-2.mp4; do
    if length=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$work/$file") && [ "${length%.*}" = 5 ]; then
        echo "$file: $length s"
    else
        failed=1
        echo "$file: no video of 5 s"
    fi
done
[ $failed = 0 ] && echo "12 videos from 9 examples: passed"
exit $failed
