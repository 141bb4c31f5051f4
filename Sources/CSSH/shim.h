#include <libssh/libssh.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
// What the event loop around libssh stands on; Swift's Glibc module leaves them out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
