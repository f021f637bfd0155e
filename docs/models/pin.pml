/* pin.pml - every extent holds a cached block. Each of two requests hits one of them and needs one extent more.
 *
 *   PIN_WHILE_QUEUED   the hit is pinned when the request enters the queue
 *   (none)             the grant looks up, pins, evicts and takes, all in one step
 */
#define POOL 2
byte evictable = POOL;
byte finished = 0;
#define EVERY_ONE_SERVED (finished == 2)

active [2] proctype Request() {
#ifdef PIN_WHILE_QUEUED
    atomic { evictable >= 1 -> evictable-- };
    atomic { evictable >= 1 -> evictable-- };
#else
    atomic { evictable >= 2 -> evictable = evictable - 2 };
#endif
    atomic { evictable = evictable + 2; finished++ }
}
#include "reach.pml"
