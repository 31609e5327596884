#!/bin/sh
# A driver that answers a few cases and then does what it is told to by its first argument.
answered=0
while read -r line; do
  case $line in
    *'"do":"start"'*)
      case $1 in
        mute) sleep 60 ;;
        liar) echo '{"name":"liar","version":"1","language":"sh","operations":["sha256","sha257"],"codes":1}' ;;
        *) echo '{"name":"sh","version":"1","language":"sh","operations":["sha256"],"codes":1,"line_bytes_max":500}' ;;
      esac ;;
    *'"do":"stop"'*)
      [ "$1" = stays ] || echo '{"stopped":1}'
      [ "$1" = stays ] && sleep 60
      [ "$1" = fails ] && exit 3
      exit 0 ;;
    *)
      id=$(printf '%s' "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/')
      case $1-$id in
        crash-suite/second) echo 'out of luck' >&2; exit 7 ;;
        hang-suite/second) sleep 60 ;;
        garble-suite/second) echo 'hello' ;;
        wrong-suite/second) printf '{"id":"suite/first","bytes":"AA"}\n' ;;
        *) printf '{"id":"%s","bytes":"AA"}\n' "$id" ;;
      esac ;;
  esac
done
