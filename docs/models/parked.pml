/* parked.pml - source-first: finished prefills wait until their decode side wants them.
 *
 * Two handoffs share staging for one. A decode side asks before all is prefilled, twice, too late or never; who asks early is told
 * that it is kept in mind, and may lose its session before it is parked. A scheduler may have
 * reserved for a handoff beforehand; that reservation has told nobody an address, so time may end it until the sender
 * claims it.
 *
 *   WANT_DIES_EARLY       what was wanted before it was parked is forgotten with the session
 *   NO_TTL                what nobody wants stays parked
 *   TTL_ALWAYS            the time to live runs on after WANT
 *   WANT_RESERVES_AGAIN   every WANT makes a RESERVE, and every RESERVE a reservation
 *   CLAIM_IS_NEW          the sender's RESERVE makes a reservation beside the scheduler's
 *   TIME_FREES_BOUND      startWithin ends a reservation also after the sender claimed it
 */
#include "states.pml"
#define HANDOFFS 2
#define NOBODY 255
byte staged = NOBODY;           /* handoff that has the staging */
mtype sender[HANDOFFS];
mtype receiver[HANDOFFS];       /* 0: nothing known */
byte live[HANDOFFS];            /* reservations it has now */
bit isBound[HANDOFFS];
bit wasClaimed = 0;
bit wasRefused = 0;
bit wasLost = 0;                /* one session, before its prefill was parked */
bit wasKept = 0;
chan want0 = [2] of { bit };
chan want1 = [2] of { bit };
chan reserve = [4] of { byte };
chan answer0 = [4] of { bit };   /* 1 GRANT, 0 REJECT */
chan answer1 = [4] of { bit };
#define BOTH_LANDED (sender[0] == DONE && sender[1] == DONE)
#define CLAIMED (wasClaimed && sender[0] == DONE)
#define NOT_WANTED (sender[0] == FAILED && sender[1] == DONE && live[0] == 0)
#define KEPT_IN_MIND (wasKept && wasLost && sender[0] == DONE)
#define HAS_ENDED(h) (receiver[h] == RELEASED || receiver[h] == ABORTED)

active proctype Receiver() {
    byte handoff;
    bit isGranted;
end:
    do
    :: atomic {                                                  /* a scheduler reserves for the first handoff */
           receiver[0] == 0 -> receiver[0] = QUEUED; receiverStep(receiver[0], GRANTED); live[0]++ }
    :: atomic {
           reserve?handoff ->
           isGranted = 1;
           if
           :: HAS_ENDED(handoff) -> isGranted = 0
           :: receiver[handoff] == 0 ->
               receiver[handoff] = QUEUED; receiverStep(receiver[handoff], GRANTED);
               live[handoff]++; isBound[handoff] = 1
           :: receiver[handoff] == GRANTED && !isBound[handoff] ->
               isBound[handoff] = 1; wasClaimed = 1;
#ifdef CLAIM_IS_NEW
               live[handoff]++;
#endif
               skip
           :: else ->                                             /* it came before: the stored answer */
#ifdef WANT_RESERVES_AGAIN
               live[handoff]++;
#endif
               skip
           fi;
           assert(live[handoff] <= 1);
           if
           :: handoff == 0 -> answer0!isGranted
           :: else -> answer1!isGranted
           fi;
           handoff = 0; isGranted = 0
       }
#ifdef TIME_FREES_BOUND
    :: atomic { receiver[0] == GRANTED ->
#else
    :: atomic { receiver[0] == GRANTED && !isBound[0] ->
#endif
           receiverStep(receiver[0], ABORTED); live[0]-- }
    od
}

inline freeStaging() { assert(staged == handoff); staged = NOBODY }

proctype Prefill(byte handoff; chan want; chan answer) {
    bit isGranted, isWanted, isPromised;
    atomic { staged == NOBODY -> staged = handoff; sender[handoff] = NEW };
    do
    :: want?_ -> isWanted = 1; isPromised = 1
    :: atomic { isWanted && !wasLost -> wasLost = 1;
#ifdef WANT_DIES_EARLY
           isWanted = 0;
#endif
           skip }
    :: atomic { senderStep(sender[handoff], PARKED); break }
    od;
    if
    :: atomic { isWanted -> wasKept = 1; senderStep(sender[handoff], RESERVING); reserve!handoff }
    :: atomic { want?_ -> senderStep(sender[handoff], RESERVING); reserve!handoff }
#ifndef NO_TTL
    :: atomic { !isWanted -> assert(!isPromised); senderStep(sender[handoff], FAILED); freeStaging(); goto over }
#endif
    fi;
    do
    :: atomic { want?_ ->
#ifdef WANT_RESERVES_AGAIN
           reserve!handoff;
#endif
           skip }
    :: atomic {
           answer?isGranted ->
           if
           :: isGranted -> senderStep(sender[handoff], GRANTED)
           :: else -> wasRefused = 1; senderStep(sender[handoff], FAILED); freeStaging(); goto over
           fi;
           break
       }
    od;
    senderStep(sender[handoff], STREAMING);
    atomic {
        assert(staged == handoff);
        assert(live[handoff] == 1);
        if
        :: receiver[handoff] == GRANTED -> receiverStep(receiver[handoff], RECEIVING)
        :: else
        fi
    };
    atomic {
        senderStep(sender[handoff], FIN_SENT);
        receiverStep(receiver[handoff], VERIFYING); receiverStep(receiver[handoff], READY);
        senderStep(sender[handoff], LANDED); freeStaging()
    };
    atomic {
        receiverStep(receiver[handoff], TAKEN); receiverStep(receiver[handoff], RELEASED); live[handoff]--;
        senderStep(sender[handoff], DONE)
    };
over:
end:
    do
    :: want?_                                                     /* too late: NOT_HERE */
    :: answer?_
    od
}

proctype Decode(chan want) {
    byte asked = 0;
    do
    :: asked < 2 -> want!1; asked++
    :: true -> break
    od
}

#ifdef TTL_ALWAYS
active proctype Timer() {
end:
    atomic {
        sender[0] == PARKED || sender[0] == RESERVING || sender[0] == GRANTED || sender[0] == STREAMING ->
        if :: staged == 0 -> staged = NOBODY :: else fi
    }
}
#endif

init {
    atomic {
        run Prefill(0, want0, answer0); run Prefill(1, want1, answer1);
        run Decode(want0); run Decode(want1)
    }
}
#include "reach.pml"
