/* starvation.pml - one request that needs the whole pool, among small ones that never stop coming.
 *
 *   FIRST_FIT   who fits is let in
 *   (none)      after OVERTAKES_MAX of them the pool drains for the head
 *   FOREVER     checks that the big one gets in at last, given weak fairness
 */
#define POOL 2
#define OVERTAKES_MAX 2
byte freeExtents = POOL;
byte overtakes = 0;
bool isBigWaiting = false;
bool isBigGranted = false;
#define BIG_SERVED_AFTER_OVERTAKES (isBigGranted && overtakes == OVERTAKES_MAX)
#ifdef FIRST_FIT
#define MAY_OVERTAKE (true)
#else
#define MAY_OVERTAKE (!isBigWaiting || overtakes < OVERTAKES_MAX)
#endif

active proctype Big() {
    isBigWaiting = true;
    atomic { freeExtents == POOL -> freeExtents = 0; isBigWaiting = false; isBigGranted = true };
    freeExtents = POOL
}

active [2] proctype Small() {
end:
    do
    :: atomic {
           freeExtents >= 1 && MAY_OVERTAKE ->
           freeExtents--;
           if
           :: isBigWaiting && overtakes <= OVERTAKES_MAX -> overtakes++
           :: else
           fi;
#ifndef FOREVER
           assert(overtakes <= OVERTAKES_MAX)
#endif
       };
       freeExtents++
    od
}
#ifdef FOREVER
ltl bigIsServed { <> isBigGranted }
#endif
#include "reach.pml"
