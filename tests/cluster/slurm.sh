#!/usr/bin/env bash
# For maintainers, as root on a Debian machine of their own (it writes /etc/slurm/slurm.conf and
# starts daemons): SLURM without accounting on this one machine, a run of the workflow through its
# profile, and the bytes held against those of the same run without a cluster.
#
#   apt-get install slurm-wlm munge
#   bash tests/cluster/slurm.sh [RUN]        # the small run unless another is named
set -euo pipefail
cd "$(dirname "$0")/../.."
run=${1:-small}
place=$(mktemp -d)
host=$(hostname -s)
memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.95)}' /proc/meminfo)

for command in slurmctld slurmd sbatch munged; do
    if ! command -v $command > /dev/null; then
        echo "$command is missing: apt-get install slurm-wlm munge" >&2
        exit 1
    fi
done

cat > /etc/slurm/slurm.conf << CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
MessageTimeout=60
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=short Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
mkdir -p "$place/state" "$place/spool"

if ! munge -n > /dev/null 2>&1; then
    test -f /etc/munge/munge.key || mungekey --create
    install -d -o munge -g munge -m 0755 /run/munge
    setpriv --reuid=munge --regid=munge --clear-groups munged
fi
slurmctld
slurmd
stop() { kill "$(cat "$place/slurmd.pid")" "$(cat "$place/slurmctld.pid")" 2> /dev/null || true; }
trap stop EXIT
for _ in $(seq 30); do
    sinfo --noheader --states=idle | grep -q . && break
    sleep 1
done
sinfo

test -x .venv-slurm/bin/python || python3 -m venv .venv-slurm
VIRTUAL_ENV=$PWD/.venv-slurm .venv/bin/uv pip sync -q --require-hashes --compile-bytecode envs/slurm.lock

echo "== the $run run through SLURM"
.venv-slurm/bin/snakemake --workflow-profile workflow/profiles/slurm --quiet host reason \
    --config "run=$run" "results=$place/cluster"
echo "== the same without it"
.venv/bin/ipseval report --run "$run" --results "$place/home" > /dev/null
.venv/bin/python .ci/compare.py "$place/home/$run" "$place/cluster/$run"
