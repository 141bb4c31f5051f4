/* What it costs to start a program that links libssh, and to say so: the measure for `belay version`. */
#include <libssh/libssh.h>
#include <stdio.h>

int main(void) {
  return printf("libssh %s\n", ssh_version(0)) < 0;
}
