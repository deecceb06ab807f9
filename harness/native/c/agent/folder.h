// Folders for the names of local sockets, where the agent is.
#ifndef SOCKSPEC_AGENT_FOLDER_H
#define SOCKSPEC_AGENT_FOLDER_H

#include "core.h"

// Whether there are any here: a client on Windows is on the same machine, and makes its own.
extern const int folder_is_here;

// Make a new, empty folder; its path, to be freed, or NULL when `seen` tells the error.
char *folder_make(core_seen *seen);
// Remove a folder with the names in it, and free its path. NULL is none.
void folder_remove(char *path);
// Keep a folder until `folders_clear`. The path is the keeper's from now on.
void folders_keep(char *path);
// Remove all that are kept.
void folders_clear(void);

#endif
