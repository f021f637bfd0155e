/* nack.pml - rounds: two cells on one lane, a mark behind them, FIN and NACK by control.
 *
 * A cell may land corrupt. Control may overtake the lane, and FIN and NACK may come twice.
 *
 *   FIN_WITHOUT_ROUND    a FIN closes whatever round is open; safe, as the mark has the round, too
 *   NACK_WITHOUT_ROUND   the sender answers any NACK
 *   NO_MARK              FIN alone closes a round
 *   ONE_SIDED            what was written badly may be written again, late, and nobody can refuse it
 *   NO_NACK              a bad cell ends the handoff
 *   NO_BOUND             rounds have no end
 *   FOREVER              checks that it ends
 */
#include "states.pml"
#define CELLS 2
#define ROUNDS_MAX 3
mtype = { CELL, MARK, NACK, SAY_READY, ABORT };
mtype receiver = RECEIVING;
mtype sender = STREAMING;
byte landed[CELLS];         /* 0 missing, 1 right, 2 corrupt */
bit open[CELLS];            /* whether the receiver takes it in this round */
bit wanted[CELLS];          /* what the sender sends in this round */
byte round = 1;             /* the receiver's */
bit hasFin = 0;
bit hasMark = 0;
bit late[CELLS];
bit isOver = 0;
chan lane = [4] of { mtype, byte };
chan fin = [3] of { byte };
chan answer = [4] of { mtype, byte, bit, bit };
#define ALL_RIGHT (landed[0] == 1 && landed[1] == 1)
#define READY_IN_THE_LAST_ROUND (receiver == READY && round == ROUNDS_MAX)
#define GIVEN_UP (receiver == REVOKING && round == ROUNDS_MAX)
#ifdef NO_MARK
#define IS_CLOSED (hasFin)
#else
#define IS_CLOSED (hasFin && hasMark)
#endif
#ifdef NO_BOUND
#define MAY_NACK (true)
#elif defined(NO_NACK)
#define MAY_NACK (false)
#else
#define MAY_NACK (round < ROUNDS_MAX)
#endif
#if defined(NO_BOUND) || defined(FOREVER)
#define TWICE false
#else
#define TWICE true
#endif

active proctype Receiver() {
    mtype kind;
    byte n;
end:
    do
    :: atomic {
           lane?kind, n ->
           if
           :: kind == CELL ->
               assert(receiver != VERIFYING && receiver != READY);      /* S5 */
               if
               :: receiver == RECEIVING && open[n] ->
                   if
                   :: landed[n] = 1
                   :: landed[n] = 2; late[n] = 1
                   fi
               :: else
               fi
           :: kind == MARK && n == round -> hasMark = 1
           :: else
           fi;
           kind = 0; n = 0
       }
    :: atomic {
           fin?n ->
           if
#ifdef FIN_WITHOUT_ROUND
           :: true -> hasFin = 1
#else
           :: n == round -> hasFin = 1
           :: else
#endif
           fi;
           n = 0
       }
    :: atomic { receiver == RECEIVING && IS_CLOSED -> receiverStep(receiver, VERIFYING) }
    :: atomic {
           receiver == VERIFYING && nfull(answer) ->
           if
           :: ALL_RIGHT -> receiverStep(receiver, READY); answer!SAY_READY, round, 0, 0
           :: !ALL_RIGHT && MAY_NACK ->
               open[0] = (landed[0] != 1); open[1] = (landed[1] != 1);
               if
               :: answer!NACK, round, open[0], open[1]
               :: TWICE && len(answer) < 3 -> answer!NACK, round, open[0], open[1];
                   answer!NACK, round, open[0], open[1]
               fi;
#ifdef NO_BOUND
               round = (round % ROUNDS_MAX) + 1;
#else
               round++;
#endif
               hasFin = 0; hasMark = 0;
               receiverStep(receiver, RECEIVING)
           :: !ALL_RIGHT && !MAY_NACK -> receiverStep(receiver, REVOKING); answer!ABORT, round, 0, 0
           fi
       }
    od
}

active proctype Sender() {
    byte mine = 1;
    byte n, said;
    mtype kind;
    bit first, second;
    do
    :: sender == STREAMING ->
        for (n : 0 .. CELLS - 1) {
            if
            :: wanted[n] -> lane!CELL, n
            :: else
            fi
        }
        n = 0;
        atomic { senderStep(sender, FIN_SENT); lane!MARK, mine };
        if
        :: fin!mine
        :: atomic { TWICE && len(fin) < 2 -> fin!mine; fin!mine }
        fi
    :: sender == FIN_SENT ->
        atomic {
            answer?kind, said, first, second ->
            if
            :: kind == SAY_READY -> senderStep(sender, LANDED)
            :: kind == ABORT -> senderStep(sender, CANCELLING); senderStep(sender, FAILED)
#ifdef NACK_WITHOUT_ROUND
            :: kind == NACK ->
#else
            :: kind == NACK && said == mine ->
#endif
                wanted[0] = first; wanted[1] = second;
#ifdef NO_BOUND
                mine = (mine % ROUNDS_MAX) + 1;
#else
                mine++;
#endif
                senderStep(sender, STREAMING)
            :: else
            fi;
            kind = 0; said = 0; first = 0; second = 0
        }
    :: sender == LANDED || sender == FAILED -> break
    od;
    isOver = 1
}

#ifdef ONE_SIDED
active proctype LateWrite() {
end:
    do
    :: atomic { late[0] -> landed[0] = 2; late[0] = 0 }
    :: atomic { late[1] -> landed[1] = 2; late[1] = 0 }
    od
}
active proctype Engine() {
end:
    atomic { receiver == READY -> assert(ALL_RIGHT) }
}
#endif

init { atomic { open[0] = 1; open[1] = 1; wanted[0] = 1; wanted[1] = 1 } }
#ifdef FOREVER
ltl itEnds { <> isOver }
#endif
#include "reach.pml"
