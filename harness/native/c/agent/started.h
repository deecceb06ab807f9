// Calls that were started in threads of their own.
#ifndef SOCKSPEC_AGENT_STARTED_H
#define SOCKSPEC_AGENT_STARTED_H

#include "calls.h"

// Begin a call; its number, or 0 when there is no memory or no thread for it. The job is
// taken over either way.
long long started_begin(job *made);
// Whether a number is that of a started call.
int started_is(long long number);
// 1 once the call sleeps in the system, 0 once it has returned, -1 when it is neither after
// `within` seconds.
int started_is_blocked(long long number, double within);
// Whether it has returned, at the latest after `within` seconds.
int started_wait(long long number, double within);
// What it made, once it has returned.
job *started_job(long long number);
// Send a signal to the thread of each that has not returned; to how many.
int started_signal(int number);
// End and forget all; how many could not be ended.
int started_reset(void);

#endif
