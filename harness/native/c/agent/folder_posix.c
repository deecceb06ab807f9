#include "folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const int folder_is_here = 1;

static char **kept;
static size_t count;

char *
folder_make(core_seen *seen)
{
    const char *above = getenv("TMPDIR");
    char path[PATH_MAX], *made = NULL;
    int length = snprintf(path, sizeof path, "%s/sockspec-XXXXXX",
                          above != NULL && above[0] != 0 ? above : "/tmp");

    core_seen_clear(seen);
    if (length >= (int)sizeof path) {
        seen->error = ENAMETOOLONG;
    }
    else if (mkdtemp(path) == NULL) {
        seen->error = errno;
    }
    else if ((made = strdup(path)) == NULL) {
        rmdir(path);
        seen->error = ENOMEM;
    }
    else {
        seen->rc = 0;
    }
    return made;
}

void
folder_remove(char *path)
{
    DIR *folder = path == NULL ? NULL : opendir(path);
    struct dirent *entry;

    if (folder != NULL) {
        while ((entry = readdir(folder)) != NULL) {
            unlinkat(dirfd(folder), entry->d_name, 0);  // refuses "." and ".."
        }
        closedir(folder);
        rmdir(path);
    }
    free(path);
}

void
folders_keep(char *path)
{
    char **grown = realloc(kept, (count + 1) * sizeof *kept);

    if (grown == NULL) {
        folder_remove(path);
        return;
    }
    kept = grown;
    kept[count++] = path;
}

void
folders_clear(void)
{
    while (count > 0) {
        folder_remove(kept[--count]);
    }
}
