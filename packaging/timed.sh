#!/bin/sh
# Runs a command and says how long it took, whatever came of it. Usage: timed.sh NAME COMMAND...
name=$1
shift
begin=$(date +%s)
"$@"
code=$?
end=$(date +%s)
word=finished
[ $code = 0 ] || word=FAILED
echo "$name $word after $((end - begin)) s"
exit $code
