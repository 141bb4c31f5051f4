// What the Glibc module of Swift leaves out because it is Linux's own.
#include <linux/falloc.h>
#include <sys/types.h>

int fallocate(int descriptor, int mode, off_t offset, off_t count);
