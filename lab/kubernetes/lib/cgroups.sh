# shellcheck shell=bash
# One cgroup subtree per instance, in every hierarchy the machine has (v1, v2 or both), is how all
# processes of an instance are found again: membership is inherited, survives a crash of our scripts,
# is gone after a reboot and can never name a foreign process as a pid file can.

# Every mounted cgroup hierarchy, one mount point per line.
cgroup_mounts() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

# The hierarchy our own daemons are filed in: v2 where there is one, else v1's first.
tracking_mount() {
  local mount
  mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  [[ -n $mount ]] || mount=$(cgroup_mounts | head -n 1)
  [[ -n $mount ]] || die "no cgroup file system is mounted; the embedded cluster needs cgroups (v1 or v2)"
  printf '%s' "$mount"
}

instance_cgroups() {
  local mount
  while read -r mount; do printf '%s\n' "$mount/robustmq-lab/$INSTANCE"; done < <(cgroup_mounts)
}

component_cgroup() { printf '%s' "$TRACKING/robustmq-lab/$INSTANCE/$1"; }

# A component joins its cgroup in every hierarchy, so that it is not counted (or ended) with the shell that
# started it. Prints the folders in one line.
create_component_cgroups() {
  local folder
  while read -r folder; do
    mkdir -p "$folder/$1"
    inherit_cpuset "$folder/$1"
    printf '%s ' "$folder/$1"
  done < <(instance_cgroups)
}

# v2 hands controllers down one level at a time; a controller the machine lacks is not fatal here,
# the kubelet names what it cannot do without.
delegate_controllers() {
  local folder=$1 controller
  [[ -f $folder/cgroup.controllers ]] || return 0
  for controller in $(<"$folder/cgroup.controllers"); do
    echo "+$controller" 2>/dev/null >"$folder/cgroup.subtree_control" || true
  done
}

# v1's cpuset starts empty and takes no process before it has CPUs and memory nodes.
inherit_cpuset() {
  local folder=$1 file
  for file in cpuset.cpus cpuset.mems; do
    if [[ -f $folder/$file && -z $(<"$folder/$file") ]]; then
      cat "$(dirname "$folder")/$file" >"$folder/$file"
    fi
  done
}

create_cgroups() {
  local mount folder
  while read -r mount; do
    delegate_controllers "$mount"
    for folder in "$mount/robustmq-lab" "$mount/robustmq-lab/$INSTANCE"; do
      mkdir -p "$folder" || die "cannot create the cgroup $folder; is $mount mounted read-only (a container)?"
      inherit_cpuset "$folder"
      delegate_controllers "$folder"
    done
  done < <(cgroup_mounts)
}

# Process ids of the whole instance, in all hierarchies.
instance_pids() {
  local folder
  while read -r folder; do
    [[ -d $folder ]] || continue
    find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done < <(instance_cgroups) | sort -un | grep -v '^0$' || true
}

no_instance_pids() { [[ -z $(instance_pids) ]]; }

remove_cgroups() {
  local folder
  while read -r folder; do
    [[ -d $folder ]] || continue
    # A cgroup can stay busy for a moment after its last process has gone.
    wait_until 10 "cgroup $folder can be removed" remove_cgroup_tree "$folder"
    rmdir "$(dirname "$folder")" 2>/dev/null || true # the common parent, when no other instance is in it
  done < <(instance_cgroups)
}

remove_cgroup_tree() {
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
  [[ ! -d $1 ]]
}
