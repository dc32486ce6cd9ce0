# What the scripts `run` share. Each is started as
#
#   NN=path/to/nn DATA=path/to/data ./run [--short] [OPTIONS OF nn train]
#
#   NN     the tool (.build/release/nn of this repository, or nn of PATH)
#   DATA   the data; the README beside the script says which
#   RUNS   the folder of the runs (runs)
#
# --short runs all of it within seconds on generated images, and removes what it wrote.
set -euo pipefail

papers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(cd "$(dirname "$0")" && pwd)
nn=${NN:-$papers/../../.build/release/nn}
if [ -n "${NN:-}" ] && [ "${NN%/*}" != "$NN" ]; then nn=$(realpath "$NN"); fi
command -v "$nn" >/dev/null || nn=nn
short=false
if [ "${1:-}" = --short ]; then
    short=true
    shift
fi
settings=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if $short; then runs=$work/runs; else runs=${RUNS:-runs}; fi
mkdir -p "$runs"
runs=$(realpath "$runs")

# Shows a command, and runs it.
show() {
    echo
    echo "\$ nn $*"
    "$nn" "$@"
}

# The folder with the images, or the end of the script.
require_data() { # FOLDER THAT IT HOLDS
    if [ ! -e "${DATA:-}/$1" ]; then
        echo "error: there is no '$1' in '${DATA:-}'; start as DATA=path/to/data $0, or try $0 --short" >&2
        exit 1
    fi
    DATA=$(realpath "$DATA")
}

# The latest run of a configuration.
latest() { # NAME OF THE CONFIGURATION
    find "$runs/$1" -mindepth 1 -maxdepth 1 -type d -not -name '.*' | sort -V | tail -n 1
}

# Ends the script if a file is missing or empty.
expect() { # FILES
    local file
    for file; do
        if [ ! -s "$file" ]; then
            echo "error: $file is missing or empty" >&2
            exit 1
        fi
    done
}

# A score of a run in percent.
score() { # RUN SPLIT NAME [OPTIONS]
    "$nn" eval "$1" --split "$2" --json "${@:4}" |
        awk -F'[:,]' -v name="\"$3\"" '$0 ~ "\"name\" : " name { found = 1 } found && /"value"/ { printf "%.2f", $2; exit }'
}

# The number of parameters of a run's network.
parameters() { # RUN
    "$nn" summary "$1" --json | awk -F'[:,]' '/"parameters_with_statistics"/ { next } /^  "parameters"/ { printf "%d", $2; exit }'
}
