// POSIX in small pieces: files that survive a crash, processes, clocks, signals. Nothing of ours is imported here.
