/* unknown.pml - the session is lost after FIN: what became of the handoff?
 *
 * The receiver goes on, decides the outcome alone, tells it on whatever session there is, keeps a tombstone for a while
 * and may crash and start again with nothing. The sender asks. What it tells its scheduler must be what the receiver
 * decided, or that nobody knows.
 *
 *   GUESS_ABORTED        a session lost after FIN is told as ABORTED
 *   GUESS_DELIVERED      ... as DELIVERED
 *   NONE_IS_ABORTED      "no such handoff" is told as ABORTED
 *   READY_IS_DELIVERED   READY is told as DELIVERED
 *   TWO_OUTCOMES         the engine's take and the end of consumeWithin do not see each other
 *   NO_BOUND             the sender asks for ever
 */
#include "states.pml"
#define SESSIONS 3
mtype = { FIN, SAY_READY, SAY_OUTCOME, QUERY, STATUS };
mtype = { NO_OUTCOME, OUTCOME_DELIVERED, OUTCOME_ABORTED, OUTCOME_UNKNOWN, NONE };
mtype outcome = NO_OUTCOME;     /* decided by the receiver, once */
mtype told = NO_OUTCOME;        /* to the sender's scheduler */
mtype receiver = RECEIVING;
mtype sender = FIN_SENT;
bit wasUnknown = 0;
bit isKnown = 1;                /* the receiver still remembers the handoff */
bit isAlive = 1;
byte incarnation = 1;
byte session = 1;
chan toReceiver = [2] of { mtype, byte };
chan toSender = [4] of { mtype, byte, mtype, mtype };
#define RESOLVED_DELIVERED (wasUnknown && told == OUTCOME_DELIVERED)
#define RESOLVED_ABORTED (wasUnknown && told == OUTCOME_ABORTED)
#define NEVER_RESOLVED (wasUnknown && told == OUTCOME_UNKNOWN && outcome == OUTCOME_DELIVERED)

inline decide(what) { assert(outcome == NO_OUTCOME); outcome = what }
inline say(kind, now, ended) { if :: nfull(toSender) -> toSender!kind, session, now, ended :: else fi }

active proctype Receiver() {
    mtype kind;
    byte on;
    byte mine = 1;
end:
    do
    :: atomic { isAlive && receiver == RECEIVING && isKnown && mine != session ->
           decide(OUTCOME_ABORTED);
           receiverStep(receiver, REVOKING); receiverStep(receiver, FENCED); receiverStep(receiver, ABORTED);
           say(SAY_OUTCOME, receiver, outcome) }
    :: atomic {
           isAlive && nempty(toReceiver) ->
           toReceiver?kind, on;
           if
           :: on != session
           :: else ->
               mine = on;
               if
               :: kind == FIN && isKnown && receiver == RECEIVING -> receiverStep(receiver, VERIFYING)
               :: kind == QUERY && isKnown -> say(STATUS, receiver, outcome)
               :: kind == QUERY && !isKnown -> say(STATUS, NONE, NO_OUTCOME)
               :: else
               fi
           fi;
           kind = 0; on = 0
       }
    :: atomic { isAlive && isKnown && receiver == VERIFYING ->
           if
           :: receiverStep(receiver, READY); say(SAY_READY, receiver, outcome)
           :: decide(OUTCOME_ABORTED); receiverStep(receiver, REVOKING); receiverStep(receiver, FENCED);
              receiverStep(receiver, ABORTED); say(SAY_OUTCOME, receiver, outcome)
           fi }
#ifdef TWO_OUTCOMES
    :: isAlive && isKnown && receiver == READY -> atomic { decide(OUTCOME_DELIVERED) };
       atomic { say(SAY_OUTCOME, receiver, outcome) }
#else
    :: atomic { isAlive && isKnown && receiver == READY ->
           receiverStep(receiver, TAKEN); decide(OUTCOME_DELIVERED); say(SAY_OUTCOME, receiver, outcome) }
#endif
    :: atomic { isAlive && isKnown && receiver == READY ->           /* consumeWithin is over, or the engine is lost */
           receiverStep(receiver, RELEASED); decide(OUTCOME_ABORTED); say(SAY_OUTCOME, receiver, outcome) }
    :: atomic { isAlive && isKnown && receiver == TAKEN -> receiverStep(receiver, RELEASED) }
    :: atomic { isAlive && isKnown && (receiver == RELEASED || receiver == ABORTED) -> isKnown = 0 }
    :: atomic { isAlive -> isAlive = 0; isKnown = 0 }                 /* killed */
    :: atomic { !isAlive && incarnation == 1 -> incarnation = 2; isAlive = 1; session++ }
    od
}

active proctype Sessions() {
end:
    do
    :: atomic { session < SESSIONS -> session++ }
    od
}

inline tell(what) {
    told = what;
    assert(told == outcome || told == OUTCOME_UNKNOWN)
}

inline lost() {
#if defined(GUESS_ABORTED)
    senderStep(sender, CANCELLING); senderStep(sender, FAILED); tell(OUTCOME_ABORTED)
#elif defined(GUESS_DELIVERED)
    senderStep(sender, LANDED); senderStep(sender, DONE); tell(OUTCOME_DELIVERED)
#else
    senderStep(sender, UNKNOWN); wasUnknown = 1; mine = session; hasAsked = 0
#endif
}

inline learn() {
    if
    :: sender != LANDED && (kind == SAY_READY || now == READY || now == TAKEN || now == RELEASED) ->
        senderStep(sender, LANDED)
    :: else
    fi;
    if
    :: ended == OUTCOME_DELIVERED || (ended == OUTCOME_ABORTED && sender == LANDED) ->
        senderStep(sender, DONE); tell(ended)
    :: ended == OUTCOME_ABORTED && sender != LANDED ->
        senderStep(sender, CANCELLING); senderStep(sender, FAILED); tell(ended)
    :: now == NONE && sender == LANDED -> senderStep(sender, DONE); tell(OUTCOME_UNKNOWN)
#ifdef NONE_IS_ABORTED
    :: now == NONE && sender != LANDED -> senderStep(sender, FAILED); tell(OUTCOME_ABORTED)
#else
    :: now == NONE && sender != LANDED -> senderStep(sender, FAILED); tell(OUTCOME_UNKNOWN)
#endif
#ifdef READY_IS_DELIVERED
    :: sender == LANDED && ended == NO_OUTCOME && now != NONE -> senderStep(sender, DONE); tell(OUTCOME_DELIVERED)
#endif
    :: else -> hasAsked = 0
    fi
}

active proctype Sender() {
    mtype kind, now, ended;
    byte on;
    byte mine = 1;
    bit hasAsked = 1;
    atomic { toReceiver!FIN, mine };
    do
    :: sender == DONE || sender == FAILED -> break
    :: atomic { sender == FIN_SENT && mine != session -> lost() }
    :: atomic { (sender == UNKNOWN || sender == LANDED) && mine != session -> mine = session; hasAsked = 0 }
    :: atomic { (sender == UNKNOWN || (sender == LANDED && wasUnknown)) && !hasAsked && nfull(toReceiver) ->
           toReceiver!QUERY, mine; hasAsked = 1 }
    :: atomic {
           sender != DONE && sender != FAILED && nempty(toSender) ->
           toSender?kind, on, now, ended;
           if
           :: on == mine -> learn()
           :: else
           fi;
           kind = 0; on = 0; now = 0; ended = 0
       }
#ifndef NO_BOUND
    :: atomic { sender == UNKNOWN -> senderStep(sender, FAILED); tell(OUTCOME_UNKNOWN) }
    :: atomic { sender == LANDED -> senderStep(sender, DONE); tell(OUTCOME_UNKNOWN) }
    :: atomic { sender == FIN_SENT && !isAlive -> senderStep(sender, UNKNOWN); wasUnknown = 1 }
#endif
    od
}
#include "reach.pml"
