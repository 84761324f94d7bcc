#pragma once
#include <spawn.h>

// The header shows it only under _GNU_SOURCE, which Swift's Glibc does not define.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
