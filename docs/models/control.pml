/* control.pml - RESERVE, GRANT and FIN over a network that loses and doubles, with one restart addressed the receiver.
 *
 * A reservation completes only if the bytes of that reservation of that incarnation landed, and no handoff has two.
 * Ids count from 1 again after the restart: the hard case.
 *
 *   CHECK_INCARNATION   FIN for another incarnation is dropped
 *   ANSWER_AGAIN        a RESERVE that comes again gets the stored answer
 */
#define HANDOFFS 2
#define PLACES 2
chan reserve = [2] of { byte };
chan grant = [2] of { byte, byte, byte };
chan fin = [2] of { byte, byte };
byte incarnation = 1;
byte minted = 0;
byte ids[PLACES];
byte handoffs[PLACES];
bit landed[PLACES];
byte completed = 0;
#define BOTH_COMPLETED (completed == HANDOFFS)
#define COMPLETED_AFTER_RESTART (completed > 0 && incarnation == 2)

inline clear(n) { ids[n] = 0; handoffs[n] = 0; landed[n] = 0 }

active proctype Receiver() {
    byte handoff, id, addressed, place, n;
end:
    do
    :: atomic {
           nempty(reserve) && nfull(grant) -> reserve?handoff;
           place = PLACES;
#ifdef ANSWER_AGAIN
           for (n : 0 .. PLACES - 1) {
               if :: handoffs[n] == handoff -> place = n :: else fi
           }
#endif
           if
           :: place == PLACES ->
               for (n : 0 .. PLACES - 1) {
                   if :: handoffs[n] == 0 && place == PLACES -> place = n :: else fi
               }
               if
               :: place < PLACES -> minted++; ids[place] = minted; handoffs[place] = handoff; landed[place] = 0
               :: else
               fi
           :: else
           fi;
           if
           :: place < PLACES -> grant!handoff, ids[place], incarnation
           :: true
           fi;
           assert(handoffs[0] == 0 || handoffs[0] != handoffs[1]);
           handoff = 0; place = 0; n = 0
       }
    :: atomic {
           fin?id, addressed ->
           if
#ifdef CHECK_INCARNATION
           :: addressed != incarnation
#endif
           :: else ->
               for (n : 0 .. PLACES - 1) {
                   if
                   :: handoffs[n] != 0 && ids[n] == id -> assert(landed[n]); clear(n); completed++
                   :: else
                   fi
               }
           fi;
           id = 0; addressed = 0; n = 0
       }
    :: atomic { incarnation == 1 -> incarnation = 2; minted = 0; clear(0); clear(1) }
    :: atomic { handoffs[0] != 0 -> clear(0) }          /* its lease is over and the fence is done */
    :: atomic { handoffs[1] != 0 -> clear(1) }
    od
}

active proctype Sender() {
    byte handoff = 1;
    byte said, id, addressed, n;
    do
    :: handoff <= HANDOFFS ->
        if
        :: reserve!handoff
        :: atomic { reserve!handoff; nfull(reserve) -> reserve!handoff }
        fi;
        if
        :: grant?said, id, addressed ->
            if
            :: said == handoff ->
                atomic {
                    for (n : 0 .. PLACES - 1) {
                        if
                        :: addressed == incarnation && ids[n] == id && handoffs[n] == handoff -> landed[n] = 1
                        :: else
                        fi
                    }
                    n = 0
                };
                if
                :: fin!id, addressed
                :: atomic { fin!id, addressed; nfull(fin) -> fin!id, addressed }
                :: true
                fi
            :: else
            fi
        :: true
        fi;
        handoff++
    :: else -> break
    od;
end:
    do
    :: grant?said, id, addressed
    od
}
#include "reach.pml"
