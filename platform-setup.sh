#!/usr/bin/env bash
# Brings up a whole Slipway: checks, installs, builds, starts, waits until it is ready, prints where everything is.
# Run again, it changes nothing; stopped half way, it goes on where it stopped. The logic is in the program that it starts.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: ./platform-setup.sh [options]

  -i, --inventory FILE   what to deploy (environment: INVENTORY; default: ./inventory.yml if it is there, else inventory/embedded.yaml)
      --dry-run          check everything, say what would be done, change nothing
      --uninstall        end every process and remove the home; refuses while tenants' clusters exist
      --delete-tenants   with --uninstall: remove tenants' clusters too
      --home DIR         where data is kept (environment: SLIPWAY_HOME; default: ./.slipway)
      --port-offset N    add this to every port, for a second Slipway on one machine
  -h, --help             this text

Exit codes: 0 done, 1 a step failed, 2 wrong usage, 3 a check before the start failed, 4 the inventory is invalid, 5 interrupted.

Example:
  ./platform-setup.sh --inventory inventory.yml --dry-run
TEXT
}

fail() { # code, sentence
  printf '%s\n' "$2" >&2
  exit "$1"
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dry_run=
uninstall=
delete_tenants=
up=()
home=()
while [ $# -gt 0 ]; do
  case "$1" in
    -i | --inventory | --home | --port-offset)
      [ $# -ge 2 ] || fail 2 "$1 needs a value. See ./platform-setup.sh --help"
      case "$1" in
        --home) home=(--home "$2") ;;
        --port-offset) up+=(--port-offset "$2") ;;
        *) up+=(--inventory "$2") ;;
      esac
      shift 2
      ;;
    --inventory=*) up+=(--inventory "${1#*=}"); shift ;;
    --home=*) home=(--home "${1#*=}"); shift ;;
    --port-offset=*) up+=(--port-offset "${1#*=}"); shift ;;
    --dry-run) dry_run=1; shift ;;
    --uninstall) uninstall=1; shift ;;
    --delete-tenants) delete_tenants=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *)
      hint=
      for known in --inventory --dry-run --uninstall --delete-tenants --home --port-offset --help; do
        case "$known" in "$1"*) hint=" Did you mean $known?" ;; esac
        case "${1//-/}" in "${known//-/}" | "${known//-/}s") hint=" Did you mean $known?" ;; esac
      done
      fail 2 "Unknown option $1.$hint See ./platform-setup.sh --help"
      ;;
  esac
done

if [ -n "$delete_tenants" ] && [ -z "$uninstall" ]; then
  fail 2 "--delete-tenants belongs to --uninstall. See ./platform-setup.sh --help"
fi
if [ -n "$uninstall" ] && [ -n "$dry_run" ]; then
  fail 2 "--uninstall asks nothing and has no --dry-run; leave one of them out. See ./platform-setup.sh --help"
fi

command -v node >/dev/null 2>&1 || fail 3 "Node is not on PATH. Install Node 20.19 or newer and run this again."
command -v npm >/dev/null 2>&1 || fail 3 "npm is not on PATH. Install the one that comes with Node and run this again."
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail 3 "Slipway needs Node 20.19 or newer; this is $(node --version). Install a newer Node and run this again."

installed() { [ -f "$here/node_modules/.package-lock.json" ] && [ ! "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; }
slipway() { node "$here/apps/cli/bin/slipway.mjs" "$@"; }

if [ -n "$dry_run" ]; then
  if ! installed || [ ! -f "$here/dist/server.mjs" ]; then
    printf 'Would install the npm packages of package-lock.json (about 250 MB in node_modules), build, and then check the inventory and start.\n'
    printf 'The inventory cannot be checked before that: run npm ci && npm run build first, then this again.\n'
    exit 0
  fi
  slipway up --dry-run ${up[@]+"${up[@]}"} ${home[@]+"${home[@]}"}
  exit 0
fi

if ! installed; then
  printf 'Installing npm packages …\n'
  (cd "$here" && npm ci --no-audit --no-fund --loglevel=error) || fail 1 "npm ci failed in $here. Mend what it says above and run this again."
fi
(cd "$here" && npm run --silent build) || fail 1 "The build failed in $here."

if [ -n "$uninstall" ]; then
  slipway uninstall ${delete_tenants:+--delete-tenants} ${home[@]+"${home[@]}"}
  exit 0
fi

slipway up --detach --if-needed ${up[@]+"${up[@]}"} ${home[@]+"${home[@]}"}
