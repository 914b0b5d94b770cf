#!/bin/sh
# Starts Orglab for the tests of a pipeline, and puts the tenant into the state that they need.
set -eu

# The system chooses the ports. In an empty folder, no `.env` is read.
folder=$(mktemp -d)
(
  cd "$folder"
  APP_BASE_URL=http://localhost:0 DEMO_TENANT_LISTEN=127.0.0.1:0 exec "${ORGLAB_BINARY:-orglab}" >log
) &
orglab=$!
trap 'kill $orglab' EXIT

# The first lines of the output say where it listens.
until grep -qs 'demo tenant: ' "$folder/log"; do kill -0 $orglab; sleep 0.1; done
app=$(sed -n 's/.*Orglab is ready: open //p' "$folder/log")
tenant=$(sed -n 's|.*demo tenant: \(.*\)/$|\1|p' "$folder/log")

# Ready: the app reaches the tenant.
until curl -fs "$app/readyz"; do kill -0 $orglab; sleep 0.1; done

# Before each test: organizations are new, nobody is logged in, no fault is queued, and the log is empty.
curl -fs --json '{"clear_log": true}' "$tenant/api/checkpoints/collaboration"

# The next three sign-ins fail.
curl -fs --json '{"name": "wrong-nonce", "count": 3}' "$tenant/api/faults"
