// The platform: its facts as `sockspec.platform` gathers them, and its streams.
#ifndef SOCKSPEC_AGENT_FACTS_H
#define SOCKSPEC_AGENT_FACTS_H

#include "json.h"

#include <stdio.h>

// `sys.platform` of this system.
const char *facts_system(void);
// Write the object of the facts.
void facts_put(json_out *out);
// Give the protocol streams of its own: what is printed goes to standard error, and nothing
// is on standard input. Fills in the descriptors that are the agent's; -1 when it fails.
int facts_streams(FILE **requests, FILE **answers, int own[5]);
// End this process soon after the client is gone, even while a call blocks. Where the system
// does not tell that, nothing is done.
void facts_outlive_nobody(int requests);

#endif
