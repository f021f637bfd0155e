/* orders.pml - both orders of binding at one sender and one receiver.
 *
 * Destination-first holds its extents and stages chunk after chunk; each has its place already. Source-first holds
 * staging for the whole prefill and asks for extents after it.
 *
 *   ONE_STAGING   both orders stage out of one pool
 *   (none)        a streaming window for the first order, whole-request staging for the second
 *   NOT_WHOLE     source-first takes its staging chunk by chunk
 */
#define CHUNKS 2
#define EXTENTS 2
#define STAGING 2
byte extents = EXTENTS;
byte whole = STAGING;
#ifdef ONE_STAGING
#define window whole
#else
byte window = 1;
#endif
byte finished = 0;
#define EVERY_ONE_SERVED (finished == 4)

active [2] proctype DestinationFirst() {
    byte sent = 0;
    atomic { extents >= CHUNKS -> extents = extents - CHUNKS };
    do
    :: sent < CHUNKS ->
        atomic { window >= 1 -> window-- };
        atomic { window++; sent++ }
    :: else -> break
    od;
    atomic { extents = extents + CHUNKS; finished++ }
}

active [2] proctype SourceFirst() {
#ifdef NOT_WHOLE
    atomic { whole >= 1 -> whole-- };
    atomic { whole >= 1 -> whole-- };
#else
    atomic { whole >= CHUNKS -> whole = whole - CHUNKS };
#endif
    atomic { extents >= CHUNKS -> extents = extents - CHUNKS };
    atomic { whole = whole + CHUNKS };
    atomic { extents = extents + CHUNKS; finished++ }
}
#include "reach.pml"
