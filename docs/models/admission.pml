/* admission.pml - REQUESTS requests of SIZE extents each, out of a pool of POOL.
 *
 *   PIECEWISE          extents are taken one by one, as prefill makes chunks
 *   (none)             a request's extents are taken in one step or not at all
 *   GROWTH_LATER       the last extent is for generated tokens and is taken when they come
 *   SHRINK             one extent goes into quarantine for good at some point
 *   REFUSE             what does not fit the usable pool is refused, also when it waits already
 */
#ifndef REQUESTS
#define REQUESTS 3
#endif
#ifndef SIZE
#define SIZE 3
#endif
#ifndef POOL
#define POOL 6
#endif
byte freeExtents = POOL;
byte usable = POOL;
byte finished = 0;
byte refused = 0;
#define EVERY_ONE_SERVED (finished == REQUESTS)
#define ONE_REFUSED (refused > 0)

active [REQUESTS] proctype Request() {
    byte held = 0;
    bit mayRun = 1;
#if defined(PIECEWISE)
    do
    :: held < SIZE -> atomic { freeExtents > 0 -> freeExtents--; held++ }
    :: held == SIZE -> break
    od;
#else
#ifdef GROWTH_LATER
#define FIRST (SIZE - 1)
#else
#define FIRST SIZE
#endif
    atomic {
        if
        :: freeExtents >= FIRST -> freeExtents = freeExtents - FIRST; held = FIRST
#ifdef REFUSE
        :: usable < FIRST -> refused++; mayRun = 0
#endif
        fi
    };
#ifdef GROWTH_LATER
    atomic { freeExtents > 0 -> freeExtents--; held++ };
#endif
#endif
    atomic {
        freeExtents = freeExtents + held;
        finished = finished + mayRun;
        assert(freeExtents <= usable)
    }
}

#ifdef SHRINK
active proctype Fence() {
    atomic { freeExtents > 0 -> freeExtents--; usable-- }
}
#endif
#include "reach.pml"
