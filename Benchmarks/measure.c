/* Runs one program and says on descriptor 3 what it cost with every process that it started:
 *
 *     wall seconds, CPU seconds, largest resident set in KiB, exit status
 *
 * A small program of its own, since a child begins with the resident set of whoever forked it: measured from
 * a script, nothing could ever look smaller than the script's interpreter. */
#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **words) {
  if (count < 2) {
    fputs("usage: measure PROGRAM [ARGUMENT…] 3>RESULT\n", stderr);
    return 2;
  }
  FILE *result = fdopen(3, "w");
  if (!result) {
    perror("measure: descriptor 3");
    return 2;
  }
  /* Whoever is left behind by its parent becomes our child, and so is waited for and counted. */
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

  double start = now();
  pid_t program = fork();
  if (program < 0) {
    perror("measure: fork");
    return 2;
  }
  if (program == 0) {
    close(3);
    execvp(words[1], words + 1);
    perror(words[1]);
    _exit(127);
  }
  double wall = 0, cpu = 0;
  long resident = 0;
  int exit_status = -1;
  for (;;) {
    int status;
    struct rusage usage; /* of the child and of all whom it waited for */
    pid_t child = wait4(-1, &status, 0, &usage);
    if (child < 0 && errno == EINTR) continue;
    if (child < 0) break;
    cpu += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (usage.ru_maxrss > resident) resident = usage.ru_maxrss;
    if (child != program) continue;
    wall = now() - start;
    exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  fprintf(result, "%.6f %.6f %ld %d\n", wall, cpu, resident, exit_status);
  return fclose(result) != 0;
}
