/// What stands in for `systemctl` on a node that is only an address of this machine.
enum LoopbackScript {
  /// `@NODE@` is the node's directory and `@MARK@` the variable by which `down` finds the processes.
  static func text(nodeDirectory: String, mark: String) -> String {
    template.replacing("@NODE@", with: quoted(nodeDirectory)).replacing("@MARK@", with: mark)
  }

  private static let template = #"""
    #!/bin/sh
    # Stands in for systemctl: knows the unit etcd of one lab node and the verbs below.
    node=@NODE@
    verb= unit= signal=TERM now=
    while [ $# -gt 0 ]; do
      case $1 in
        -s) signal=$2; shift ;;
        --signal=*) signal=${1#*=} ;;
        --now) now=1 ;;
        -*) ;;
        *) if [ -z "$verb" ]; then verb=$1; else unit=${1%.service}; fi ;;
      esac
      shift
    done

    # A number alone may long belong to another process, or to a dead one.
    running() {
      pid=$(cat "$node/etcd.pid" 2>/dev/null) && grep -qzx '@MARK@' "/proc/$pid/environ" 2>/dev/null
    }

    start() {
      running && return 0
      if ! [ -r "$node/etcd.env" ]; then
        echo "Job for etcd.service failed: there is no $node/etcd.env" >&2
        return 1
      fi
      set -a
      . "$node/etcd.env"
      @MARK@
      set +a
      setsid etcd </dev/null >>"$node/etcd.log" 2>&1 &
      echo $! >"$node/etcd.pid"
      tries=0
      until etcdctl --endpoints="$ETCD_ADVERTISE_CLIENT_URLS" endpoint health >/dev/null 2>&1; do
        tries=$((tries + 1))
        if ! running && [ $tries -gt 3 ] || [ $tries -gt 100 ]; then
          echo "Job for etcd.service failed, see $node/etcd.log" >&2
          return 1
        fi
        sleep 0.2
      done
    }

    stop() {
      running || return 0
      kill "$pid"
      tries=0
      while running; do
        tries=$((tries + 1))
        [ $tries -gt 100 ] && kill -KILL "$pid"
        sleep 0.1
      done
    }

    case $verb in daemon-reload | reset-failed) exit 0 ;; esac
    if [ "$unit" != etcd ]; then
      echo "Unit $unit.service not found (this stand-in for systemctl only knows etcd)." >&2
      exit 5
    fi
    case $verb in
      start) start ;;
      stop) stop ;;
      restart) stop && start ;;
      kill) running && kill -"$signal" "$pid" ;;
      enable) : >"$node/enabled" && if [ -n "$now" ]; then start; fi ;;
      disable) rm -f "$node/enabled" && if [ -n "$now" ]; then stop; fi ;;
      is-enabled) if [ -e "$node/enabled" ]; then echo enabled; else echo disabled; exit 1; fi ;;
      is-active | status) if running; then echo active; else echo inactive; exit 3; fi ;;
      *)
        echo "This stand-in for systemctl does not know \"$verb\"." >&2
        exit 1
        ;;
    esac
    """# + "\n"

  private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: #"'\''"#))'" }
}
