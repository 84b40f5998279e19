#!/bin/sh
# Posts the events of a conversation and reads what they count for, with curl:
# JANELA_URL=... JANELA_KEY=... sh examples/shell.sh
set -eu

url="${JANELA_URL:-http://127.0.0.1:3000}"
party='"tenant":"example-shell","channel":"whatsapp","account":"551140000001","contact":"5511987654321"'

# --retry asks again after 408, 429, 5xx and time-outs, as Retry-After says: a repetition counts once.
ask() {
  curl -sS --fail-with-body --max-time 30 --retry 10 --retry-connrefused \
    -H "Authorization: Bearer $JANELA_KEY" "$@"
}

answer="$(ask "$url/v1/events" -H 'Content-Type: application/json' -d "[
  {$party,\"id\":\"s-1\",\"type\":\"message.received\",\"occurredAt\":\"2026-11-03T10:00:00-03:00\"},
  {$party,\"id\":\"s-2\",\"type\":\"message.sent\",\"occurredAt\":\"2026-11-03T10:01:00-03:00\"},
  {$party,\"id\":\"s-3\",\"type\":\"message.sent\",\"occurredAt\":\"2026-11-05T09:00:00-03:00\",
   \"template\":{\"name\":\"order_update\",\"category\":\"utility\"}}
]")"
receipt="$(printf '%s' "$answer" | sed -n 's/.*"receipt":"\([^"]*\)".*/\1/p')"

usage="$(ask "$url/v1/tenants/example-shell/usage?period=2026-11&after=$receipt")"
windows() {
  printf '%s' "$usage" | sed -n "s/.*\"$1\":{\"windows\":\([0-9]*\).*/\1/p"
}
echo "receptive $(windows receptive), active $(windows active)"
