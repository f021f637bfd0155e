/* drain.pml - the receiver ends a reservation and asks the sender to stop; DRAINED gives the extent back at once.
 *
 *   AT_ONCE        the sender says DRAINED as soon as it posts no more
 *   (none)         it waits for the completion of each write first
 *   FAILURES       a write may complete as failed while it is still under way
 *   ANY_COMPLETION ... and DRAINED is believed all the same
 *   CARD           a write completes when the other end's card has it, and lands after that
 *   MARKS          ... and DRAINED is believed once the mark behind all writes was read
 *   KEEP           what landed is read again once it is fenced, and kept as cache
 *   KEEP_EARLY     ... as soon as it has ended: its CRC is right at that moment
 * Without ANY_COMPLETION a failed completion spoils DRAINED, and the receiver destroys the queue pair instead.
 */
#include "states.pml"
#define RESERVATIONS 2
#define CACHE 9             /* owner of what is sealed and evictable */
byte owner = 0;
byte session = 1;
byte pending = 0;
bit hasFailed = 0;
bit wasSpoilt = 0;
byte drainedClean = 0;
byte writesLanded = 0;
bit wasKept = 0;
byte marksRead = 0;
mtype state;
chan grant = [RESERVATIONS] of { byte, byte };
chan abort = [RESERVATIONS] of { byte };
chan drained = [RESERVATIONS] of { byte, bit };
chan path = [6] of { byte, byte };
chan placing = [6] of { byte, byte };   /* what the receiver's card has acknowledged */
#define MARK 100            /* is added to what a mark lies behind */
#define EVERY_ONE_DRAINED (drainedClean == RESERVATIONS && writesLanded == RESERVATIONS)
#define A_SPOILT_DRAIN (wasSpoilt)
#define ONE_KEPT (wasKept && writesLanded > 0)

active proctype Receiver() {
    byte id = 1;
    byte said;
    bit isClean;
    do
    :: id <= RESERVATIONS ->
        atomic { state = QUEUED; receiverStep(state, GRANTED); owner = id; grant!id, session };
        atomic { receiverStep(state, REVOKING); abort!id };
#ifdef KEEP_EARLY
        atomic { owner = CACHE; wasKept = 1 };
#endif
        drained?said, isClean;
#ifdef MARKS
        !isClean || marksRead == id;
#endif
        atomic {
            if
#ifndef ANY_COMPLETION
            :: !isClean -> receiverStep(state, FENCING); session++; wasSpoilt = 1
#endif
            :: else -> drainedClean++
            fi;
            receiverStep(state, FENCED)
        };
        atomic {
            receiverStep(state, ABORTED);
#ifdef KEEP
            owner = CACHE; wasKept = 1;
#else
            owner = 0;
#endif
            id++; said = 0; isClean = 0
        }
    :: else -> break
    od
}

active proctype Sender() {
    byte id, on, said;
end:
    do
    :: grant?id, on ->
        atomic { path!id, on; pending++; hasFailed = 0 };
        abort?said;
#ifndef AT_ONCE
        pending == 0;
#endif
#ifdef MARKS
        path!id + MARK, on;
#endif
        atomic { drained!id, !hasFailed; id = 0; on = 0; said = 0 }
    od
}

active proctype Path() {
    byte id, on;
    bit isReported;
end:
    do
#ifdef CARD
    :: nempty(path) -> atomic { path?id, on; pending = pending - (id < MARK); placing!id, on; id = 0; on = 0 }
    :: nempty(placing) ->
        atomic {
            placing?id, on ->
            if
            :: on == session && id < MARK -> assert(owner == id); writesLanded++
            :: on == session && id > MARK -> marksRead++
            :: else
            fi;
            id = 0; on = 0
        }
#else
    :: nempty(path) ->
#ifdef FAILURES
        if
        :: atomic { pending--; hasFailed = 1; isReported = 1 }     /* the writer timed out; the write goes on */
        :: true
        fi;
#endif
        atomic {
            path?id, on ->
            if
            :: on == session -> assert(owner == id); writesLanded++
            :: else
            fi;
            if
            :: !isReported && pending > 0 -> pending--
            :: else
            fi;
            isReported = 0; id = 0; on = 0
        }
#endif
    od
}
#include "reach.pml"
