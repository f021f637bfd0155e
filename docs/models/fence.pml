/* fence.pml - one-sided writes into an extent that is used again.
 *
 * One extent, RESERVATIONS reservations after each other, a sender that may be paused between any two steps, a path that
 * keeps its order, and a receiver that may give up at any time. A write that the path accepts must belong to the
 * reservation that owns the extent.
 *
 * The receiver, on giving up:
 *   TIMER          lets time pass and no more
 *   KEY            changes the memory's key; there are KEYS of them, used in turn
 *   PAIR           destroys the queue pair, so that the peer needs a new session
 * The sender:
 *   CHECK_SESSION  looks, in the same step as the post, whether the grant's session is its own
 *   POST_AGAIN     may write once more after FIN
 * The clean end:
 *   (none)         FIN runs behind the data
 *   FIN_BESIDE     FIN is a control message and may overtake the data
 *   MARK           a mark runs behind the data; the receiver waits for it and for FIN
 */
#include "states.pml"
#define RESERVATIONS 3
#define KEYS 2
mtype = { DATA, TAIL };
byte owner = 0;
byte key = 0;
byte session = 1;
byte landed = 0;
bool isReceiverDone = false;
mtype state;
chan grant = [RESERVATIONS] of { byte, byte, byte };
chan path = [8] of { mtype, byte, byte, byte };
chan fin = [8] of { byte };
chan mark = [8] of { byte };
#ifdef MARK
#define IS_CLOSED (hasFin && hasMark)
#else
#define IS_CLOSED (hasFin)
#endif
#define LAST_WRITE_LANDS (landed == RESERVATIONS)
#define EVERY_ONE_GIVEN_UP (session == RESERVATIONS + 1)

active proctype Receiver() {
    byte id = 1;
    byte said;
    bit hasFin, hasMark;
    do
    :: id <= RESERVATIONS ->
        atomic {
            state = QUEUED;
            receiverStep(state, GRANTED);
            owner = id; landed = 0; hasFin = 0; hasMark = 0;
            grant!id, key, session
        };
        do
        :: atomic { fin?said -> if :: said == id -> hasFin = 1 :: else fi; said = 0 }
        :: atomic { mark?said -> if :: said == id -> hasMark = 1 :: else fi; said = 0 }
        :: atomic {
               IS_CLOSED ->
               receiverStep(state, RECEIVING);
               receiverStep(state, VERIFYING);
               assert(landed == id);
               receiverStep(state, READY);
               receiverStep(state, RELEASED);
               break
           }
        :: atomic {
               !IS_CLOSED -> receiverStep(state, REVOKING);
               receiverStep(state, FENCING);
#ifdef KEY
               key = (key + 1) % KEYS;
#endif
#ifdef PAIR
               session++;
#endif
               receiverStep(state, FENCED);
               receiverStep(state, ABORTED);
               break
           }
        od;
        atomic { owner = 0; id++ }
    :: else -> break
    od;
    isReceiverDone = true
}

inline post(id, withKey, mine) {
    path!DATA, id, withKey, mine;
#ifdef FIN_BESIDE
    fin!id;
#endif
    path!TAIL, id, withKey, mine
}

active proctype Sender() {
    byte id, withKey, granted;
    byte mine = 1;
    byte step;
end:
    do
    :: grant?id, withKey, granted ->
        step = 0;
        do
        :: mine != session -> mine = session
        :: step == 0 ->
            atomic {
#ifdef CHECK_SESSION
                if
                :: granted == mine -> post(id, withKey, mine); step = 1
                :: else -> step = 2
                fi
#else
                post(id, withKey, mine); step = 1
#endif
            }
#ifdef POST_AGAIN
        :: step == 1 -> atomic { path!DATA, id, withKey, mine; step = 2 }
#endif
        :: step >= 1 -> break
        od
    :: mine != session -> mine = session
    od
}

active proctype Path() {
    mtype kind;
    byte id, withKey, on;
end:
    do
    :: atomic {
           path?kind, id, withKey, on ->
           if
           :: on == session && withKey == key ->
               if
               :: kind == DATA -> assert(owner == id); landed = id
               :: else ->
#ifdef MARK
                   mark!id;
#endif
#ifndef FIN_BESIDE
                   fin!id;
#endif
                   skip
               fi
           :: else
           fi;
           kind = 0; id = 0; withKey = 0; on = 0
       }
    od
}
#ifdef FOREVER
ltl fencingNeverWaitsForThePeer { <> isReceiverDone }
#endif
#include "reach.pml"
