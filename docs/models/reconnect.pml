/* reconnect.pml - copies into a peer's mapped memory, and what a reconnect says about them (drainedThrough).
 *
 * One extent. A node runs as process 0; process 1 of the same node may start while process 0 is stopped, not dead. Each
 * has a queue of one copy and one copy that runs. A session may be lost at any time. The receiver then keeps the extent
 * until a HELLO of the same incarnation says that no copy runs or is queued for sessions up to that one, or until the
 * process is gone: its lock is free.
 *
 *   ANY_HELLO          any HELLO of the node gives the extent back
 *   ANY_INCARNATION    drainedThrough counts from any process of the node
 *   IGNORE_QUEUED      drainedThrough looks at running copies only
 *   IGNORE_RUNNING     ... at queued copies only
 *   NO_SESSION_CHECK   a copy is queued whatever session its grant is from
 */
#include "states.pml"
#define PROCESSES 2
#define SESSIONS 4
#define RESERVATIONS 2
byte owner = 0;             /* reservation that has the extent */
byte boundOn = 0;           /* its session */
byte boundTo = 0;           /* its process */
mtype state = ABORTED;
byte session = 0;           /* the last session made; 0: none yet */
bit isUp = 0;               /* whether it is still up */
byte peer = 0;              /* its process */
byte minted = 0;
byte completed = 0;
bit isAlive[PROCESSES];
byte mine[PROCESSES];       /* the last session a process had */
byte queued[PROCESSES];
byte queuedOn[PROCESSES];
byte running[PROCESSES];
byte runningOn[PROCESSES];
bit freedByHello = 0;
bit freedByLock = 0;
chan hello = [1] of { byte, byte };
chan grant0 = [RESERVATIONS] of { byte, byte };
chan grant1 = [RESERVATIONS] of { byte, byte };
chan fin = [RESERVATIONS] of { byte };
#define FREED_BY_HELLO (freedByHello)
#define FREED_BY_LOCK (freedByLock)
#define KEPT_FOR_A_STOPPED_PEER (state == QUARANTINED && boundTo == 0 && peer == 1 && isUp && isAlive[0])
#define EVERY_ONE_COMPLETED (completed == RESERVATIONS)

inline giveBack() {
    receiverStep(state, FENCED);
    receiverStep(state, ABORTED);
    owner = 0
}

active proctype Receiver() {
    byte process, drained, id;
end:
    do
    :: atomic {
           hello?process, drained ->
           if
           :: isUp && state == GRANTED -> receiverStep(state, REVOKING); receiverStep(state, FENCING);
               receiverStep(state, QUARANTINED)
           :: else
           fi;
           if
#if defined(ANY_HELLO)
           :: state == QUARANTINED -> giveBack()
#elif defined(ANY_INCARNATION)
           :: state == QUARANTINED && drained >= boundOn -> giveBack()
#else
           :: state == QUARANTINED && process == boundTo && drained >= boundOn -> giveBack(); freedByHello = 1
#endif
           :: else
           fi;
           session++; isUp = 1; peer = process; mine[process] = session;
           process = 0; drained = 0
       }
    :: atomic {
           isUp && owner == 0 && minted < RESERVATIONS ->
           minted++; state = QUEUED; receiverStep(state, GRANTED);
           owner = minted; boundOn = session; boundTo = peer;
           if
           :: peer == 0 -> grant0!owner, session
           :: else -> grant1!owner, session
           fi
       }
    :: atomic {
           isUp -> isUp = 0;                                          /* the session is lost */
           if
           :: state == GRANTED -> receiverStep(state, REVOKING); receiverStep(state, FENCING);
               receiverStep(state, QUARANTINED)
           :: else
           fi
       }
    :: atomic {
           fin?id ->
           if
           :: id == owner && state == GRANTED && isUp ->
               receiverStep(state, RECEIVING); receiverStep(state, VERIFYING); receiverStep(state, READY);
               receiverStep(state, RELEASED); completed++; owner = 0
           :: else
           fi;
           id = 0
       }
    :: atomic { state == QUARANTINED && !isAlive[boundTo] -> giveBack(); freedByLock = 1 }
    od
}

inline dial(p) {
    drained = mine[p];
#ifndef IGNORE_RUNNING
    if :: running[p] != 0 && runningOn[p] <= drained -> drained = runningOn[p] - 1 :: else fi;
#endif
#ifndef IGNORE_QUEUED
    if :: queued[p] != 0 && queuedOn[p] <= drained -> drained = queuedOn[p] - 1 :: else fi;
#endif
    hello!p, drained;
    dials++;
    drained = 0
}

inline enqueue(p) {
    if
#ifdef NO_SESSION_CHECK
    :: queued[p] == 0 -> queued[p] = id; queuedOn[p] = on
#else
    :: queued[p] == 0 && on == session && isUp && peer == p -> queued[p] = id; queuedOn[p] = on
#endif
    :: else
    fi;
    id = 0; on = 0
}

proctype Sender(byte p) {
    byte id, on, drained, dials;
end:
    do
    :: atomic {
           isAlive[p] && !isUp && empty(hello) && session < SESSIONS && dials < 2 -> dial(p)
       }
    :: atomic {
           isAlive[p] && p == 1 && isUp && peer == 0 && empty(hello) && session < SESSIONS && dials < 2 -> dial(p)
       }
    :: atomic { isAlive[p] && p == 0 && nempty(grant0) -> grant0?id, on; enqueue(p) }
    :: atomic { isAlive[p] && p == 1 && nempty(grant1) -> grant1?id, on; enqueue(p) }
    :: atomic {
           isAlive[p] && p == 0 -> isAlive[p] = 0;                     /* kill -9: no store comes after it */
           queued[p] = 0; running[p] = 0; queuedOn[p] = 0; runningOn[p] = 0; break
       }
    od
}

proctype Copier(byte p) {
    byte id;
end:
    do
    :: atomic {
           isAlive[p] && queued[p] != 0 && running[p] == 0 ->
           running[p] = queued[p]; runningOn[p] = queuedOn[p]; queued[p] = 0; queuedOn[p] = 0
       }
    :: atomic {
           isAlive[p] && running[p] != 0 ->
           id = running[p];
           assert(owner == id);
           if :: nfull(fin) -> fin!id :: else fi;
           running[p] = 0; runningOn[p] = 0; id = 0
       }
    od
}

init {
    atomic {
        isAlive[0] = 1; isAlive[1] = 1;
        run Sender(0); run Copier(0); run Sender(1); run Copier(1)
    }
}
#include "reach.pml"
