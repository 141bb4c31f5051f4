/* The yardstick: the least that a libssh client can spend on running commands on many nodes.
 *
 * One thread, one epoll loop, one session a node. Host keys are checked strictly against known_hosts before the
 * key is shown, each command has a channel of its own, and the exit status decides. It plans, records and undoes
 * nothing: what belay costs beyond it is the price of those.
 *
 * usage: baseline -h HOSTS -p PORT -u USER -i KEY -k KNOWN_HOSTS [-n TIMES] [-w NODES] COMMAND
 *   -h  a file with one numeric address a line
 *   -n  how often each node runs the command, one after the other (default 1)
 *   -w  how many nodes are in flight at once (default 64)
 * Exits with 0 if every command on every node exited with 0, with 1 if not, with 2 if it could not begin.
 *
 * What makes it fast: NODELAY and acknowledgements without delay (each would cost 40 ms a round trip), no question
 * to the server which ways to log in it has, the key read once, and a session looked at only when its socket is
 * ready. */
#include <errno.h>
#include <getopt.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, SILENCE_MS_MAX = 30000 };

struct options {
  const char *hosts, *user, *key, *known_hosts, *command;
  int port, times, window;
};

enum stage { CONNECTING, AUTHENTICATING, OPENING, REQUESTING, RUNNING, DONE, FAILED };

struct node {
  const char *address;
  enum stage stage;
  ssh_session session;
  ssh_event pump; /* of this session alone: one shared by sessions loses wake-ups */
  ssh_channel channel;
  struct ssh_channel_callbacks_struct callbacks;
  int socket;
  int runs; /* finished ones */
  bool exited, closed, watches_writing;
  int status;
};

static struct options options = {.port = 22, .times = 1, .window = 64};
static ssh_key key;

/* ---- What a channel tells ---- */

static int data_arrived(ssh_session session, ssh_channel channel, void *data, uint32_t count, int is_error,
                        void *context) {
  (void)session, (void)channel, (void)data, (void)is_error, (void)context;
  return (int)count;
}

static void status_arrived(ssh_session session, ssh_channel channel, int status, void *context) {
  (void)session, (void)channel;
  struct node *node = context;
  node->exited = true;
  node->status = status;
}

static void close_arrived(ssh_session session, ssh_channel channel, void *context) {
  (void)session, (void)channel;
  ((struct node *)context)->closed = true;
}

/* ---- One node ---- */

static void begin(struct node *node) {
  int no = 0, yes = 1;
  node->stage = FAILED;
  node->socket = -1;
  node->session = ssh_new();
  if (!node->session) return;
  ssh_set_blocking(node->session, 0);
  ssh_options_set(node->session, SSH_OPTIONS_PROCESS_CONFIG, &no); /* ssh_config can run programs */
  ssh_options_set(node->session, SSH_OPTIONS_NODELAY, &yes);
  ssh_options_set(node->session, SSH_OPTIONS_HOST, node->address);
  ssh_options_set(node->session, SSH_OPTIONS_PORT, &options.port);
  ssh_options_set(node->session, SSH_OPTIONS_USER, options.user);
  ssh_options_set(node->session, SSH_OPTIONS_HOSTKEYS, "ssh-ed25519");
  ssh_options_set(node->session, SSH_OPTIONS_KNOWNHOSTS, options.known_hosts);
  ssh_options_set(node->session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  node->stage = CONNECTING;
}

static enum stage connect_node(struct node *node) {
  switch (ssh_connect(node->session)) {
    case SSH_AGAIN: return CONNECTING;
    case SSH_OK:
      return ssh_session_is_known_server(node->session) == SSH_KNOWN_HOSTS_OK ? AUTHENTICATING : FAILED;
    default: return FAILED;
  }
}

static enum stage authenticate(struct node *node) {
  switch (ssh_userauth_publickey(node->session, NULL, key)) {
    case SSH_AUTH_AGAIN: return AUTHENTICATING;
    case SSH_AUTH_SUCCESS: return OPENING;
    default: return FAILED;
  }
}

static enum stage open_channel(struct node *node) {
  if (!node->channel) {
    node->channel = ssh_channel_new(node->session);
    if (!node->channel) return FAILED;
    memset(&node->callbacks, 0, sizeof node->callbacks);
    node->callbacks.userdata = node;
    node->callbacks.channel_data_function = data_arrived;
    node->callbacks.channel_exit_status_function = status_arrived;
    node->callbacks.channel_close_function = close_arrived;
    ssh_callbacks_init(&node->callbacks);
    ssh_set_channel_callbacks(node->channel, &node->callbacks);
    node->exited = node->closed = false;
  }
  switch (ssh_channel_open_session(node->channel)) {
    case SSH_AGAIN: return OPENING;
    case SSH_OK: return REQUESTING;
    default: return FAILED;
  }
}

static enum stage request(struct node *node) {
  switch (ssh_channel_request_exec(node->channel, options.command)) {
    case SSH_AGAIN: return REQUESTING;
    case SSH_OK: return RUNNING;
    default: return FAILED;
  }
}

/* ssh_channel_poll() would stop reading at the end of the output, before the exit status: so pump the session. */
static enum stage await_exit(struct node *node) {
  if (!node->closed && ssh_event_dopoll(node->pump, 0) == SSH_ERROR) return FAILED;
  if (!node->closed) return ssh_is_connected(node->session) ? RUNNING : FAILED;
  ssh_channel_free(node->channel);
  node->channel = NULL;
  if (!node->exited || node->status != 0) return FAILED;
  node->runs += 1;
  return node->runs == options.times ? DONE : OPENING;
}

/* As far as the node goes without waiting. */
static void advance(struct node *node) {
  enum stage before;
  do {
    before = node->stage;
    switch (before) {
      case CONNECTING: node->stage = connect_node(node); break;
      case AUTHENTICATING: node->stage = authenticate(node); break;
      case OPENING: node->stage = open_channel(node); break;
      case REQUESTING: node->stage = request(node); break;
      case RUNNING: node->stage = await_exit(node); break;
      case DONE:
      case FAILED: break;
    }
  } while (node->stage != before);
}

static void end(struct node *node) {
  if (node->stage == FAILED)
    fprintf(stderr, "%s: after %d commands: %s\n", node->address, node->runs,
            node->session ? ssh_get_error(node->session) : "out of memory");
  if (node->channel) ssh_channel_free(node->channel);
  if (node->pump) {
    ssh_event_remove_session(node->pump, node->session);
    ssh_event_free(node->pump);
  }
  if (node->session) {
    ssh_disconnect(node->session);
    ssh_free(node->session);
  }
}

/* ---- The loop ---- */

static bool watch(int poller, struct node *node, int operation, bool writing) {
  struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = node};
  node->watches_writing = writing;
  return epoll_ctl(poller, operation, node->socket, &event) == 0;
}

/* False when the node was over before it began. */
static bool launch(int poller, struct node *node) {
  begin(node);
  if (node->stage != FAILED) advance(node);
  if (node->stage != FAILED) {
    node->socket = ssh_get_fd(node->session);
    node->pump = ssh_event_new();
    if (node->pump && ssh_event_add_session(node->pump, node->session) == SSH_OK &&
        watch(poller, node, EPOLL_CTL_ADD, true))
      return true;
    node->stage = FAILED;
  }
  end(node);
  return false;
}

/* False once the node is over. */
static bool wake(int poller, struct node *node) {
  int quick = 1;
  advance(node);
  if (node->stage >= DONE) {
    epoll_ctl(poller, EPOLL_CTL_DEL, node->socket, NULL);
    end(node);
    return false;
  }
  setsockopt(node->socket, IPPROTO_TCP, TCP_QUICKACK, &quick, sizeof quick);
  bool writing = ssh_get_poll_flags(node->session) & SSH_WRITE_PENDING;
  if (writing != node->watches_writing) watch(poller, node, EPOLL_CTL_MOD, writing);
  return true;
}

/* The number of nodes on which every command succeeded. */
static int run_all(struct node *nodes, int count) {
  int poller = epoll_create1(EPOLL_CLOEXEC), next = 0, live = 0, succeeded = 0;
  struct epoll_event events[EVENTS_MAX];
  while (next < count || live > 0) {
    while (next < count && live < options.window) live += launch(poller, &nodes[next++]);
    if (live == 0) continue;
    int ready = epoll_wait(poller, events, EVENTS_MAX, SILENCE_MS_MAX);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      fprintf(stderr, "no node said anything for %d s\n", SILENCE_MS_MAX / 1000);
      break;
    }
    for (int i = 0; i < ready; i++) {
      struct node *node = events[i].data.ptr;
      if (wake(poller, node)) continue;
      live -= 1;
      succeeded += node->stage == DONE;
    }
  }
  close(poller);
  return succeeded;
}

/* ---- What was asked for ---- */

static struct node *read_nodes(const char *path, int *count) {
  struct node *nodes = NULL;
  char line[256];
  FILE *file = fopen(path, "r");
  *count = 0;
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (!line[0]) continue;
    struct node *more = realloc(nodes, (size_t)(*count + 1) * sizeof *nodes);
    char *address = strdup(line);
    if (!more || !address) break;
    nodes = more;
    nodes[(*count)++] = (struct node){.address = address};
  }
  if (file) fclose(file);
  return nodes;
}

static bool read_options(int count, char **words) {
  int option;
  while ((option = getopt(count, words, "h:p:u:i:k:n:w:")) != -1) switch (option) {
      case 'h': options.hosts = optarg; break;
      case 'p': options.port = atoi(optarg); break;
      case 'u': options.user = optarg; break;
      case 'i': options.key = optarg; break;
      case 'k': options.known_hosts = optarg; break;
      case 'n': options.times = atoi(optarg); break;
      case 'w': options.window = atoi(optarg); break;
      default: return false;
    }
  if (optind < count) options.command = words[optind];
  return options.hosts && options.user && options.key && options.known_hosts && options.command &&
         options.times > 0 && options.window > 0;
}

int main(int argument_count, char **words) {
  if (!read_options(argument_count, words)) {
    fputs("usage: baseline -h HOSTS -p PORT -u USER -i KEY -k KNOWN_HOSTS [-n TIMES] [-w NODES] COMMAND\n", stderr);
    return 2;
  }
  int count;
  struct node *nodes = read_nodes(options.hosts, &count);
  if (!nodes) {
    fprintf(stderr, "baseline: there is no node in %s\n", options.hosts);
    return 2;
  }
  if (ssh_pki_import_privkey_file(options.key, NULL, NULL, NULL, &key) != SSH_OK) {
    fprintf(stderr, "baseline: %s is not a key that can be read\n", options.key);
    return 2;
  }
  return run_all(nodes, count) == count ? 0 : 1;
}
