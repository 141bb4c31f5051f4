/// The first process of a node. It runs in a mount namespace of its own, so all that it mounts is gone when it is.
enum MachineScript {
  /// Arguments: machine, host name, directory, network namespace, program systemd-nspawn; then control groups and hidden
  /// paths, one per line each, and the directory that stand-ins share.
  static let text = #"""
    set -eu
    umask 022
    machine=$1 hostname=$2 directory=$3 netns=$4 nspawn=$5 groups=$6 hidden=$7 shared=$8
    host=$directory/host root=$directory/host/root
    IFS='
    '
    for group in $groups; do echo $$ > "$group/cgroup.procs"; done

    # What systemd-nspawn notes down about a machine must not stay behind.
    mkdir -p /run/systemd
    mount -t tmpfs -o mode=755 belay-lab /run/systemd

    # This machine's files, with everything the node writes kept in memory.
    mkdir -p "$host"
    mount -t tmpfs -o mode=755,size=1g belay-lab "$host"
    mkdir "$host/upper" "$host/work" "$root"
    # A character device 0:0 in the upper layer means to overlayfs that nothing is there.
    for path in $hidden; do
      mkdir -p "$host/upper${path%/*}"
      mknod "$host/upper$path" c 0 0
    done
    mount -t overlay -o "lowerdir=/,upperdir=$host/upper,workdir=$host/work" belay-lab "$root"
    if ! [ -x "$root/usr/sbin/sshd" ]; then
      echo "this machine's /usr is a file system of its own, which a lab's node cannot see" >&2
      exit 1
    fi
    mkdir -p "$root/home" "$root/etc/systemd/system/multi-user.target.wants"
    mkdir -m 700 "$root/root"
    mkdir -p -m 1777 "$root/tmp" "$root/var/tmp"

    # Units of this machine's administrator are hidden; these of the distribution have nothing to do here.
    units=$root/etc/systemd/system
    for unit in getty.target console-getty.service systemd-logind.service systemd-udev-trigger.service \
      systemd-udevd.service systemd-journal-flush.service systemd-update-utmp.service \
      systemd-update-utmp-runlevel.service systemd-hwdb-update.service systemd-binfmt.service \
      systemd-networkd.service systemd-resolved.service systemd-timesyncd.service; do
      ln -s /dev/null "$units/$unit"
    done
    ln -s /lib/systemd/system/multi-user.target "$units/default.target"
    ln -s /lib/systemd/system/ssh.service "$units/multi-user.target.wants/ssh.service"

    rm -f "$root"/etc/ssh/ssh_host_*
    cp -r "$directory/seed/." "$root/"
    # sshd lets nobody in, with any key, whose password is locked with an exclamation mark.
    sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"
    install -d -o etcd -g etcd -m 700 "$root/var/lib/etcd"
    if [ -e "$directory/member" ]; then
      ln -s /lib/systemd/system/etcd.service "$units/multi-user.target.wants/etcd.service"
    fi

    # A system that is played: its script makes commands, units and settings of its own before the node boots.
    if [ -d "$shared" ]; then
      mkdir -p "$root/srv/standin"
      mount --bind "$shared" "$root/srv/standin"
      ln -s /usr/local/lib/standin/standin.py "$root/usr/local/bin/standin"
      chroot "$root" /usr/local/bin/standin install
    fi

    rm -f "$directory/power"
    mkfifo -m 600 "$directory/power"
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    while :; do
      code=0
      "$nspawn" --quiet --boot --register=no --keep-unit --kill-signal=SIGRTMIN+3 --machine="$machine" \
        --hostname="$hostname" --directory="$root" --network-namespace-path="/run/netns/$netns" \
        --console=read-only --link-journal=no --resolv-conf=off --timezone=off || code=$?
      # 133 means that the node asked for a reboot. Otherwise it is off until somebody switches it on.
      if [ "$code" != 133 ]; then
        echo "the node is off (status $code)"
        read -r _ < "$directory/power"
      fi
    done
    """#
}
