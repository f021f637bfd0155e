/* gang.pml - one reservation over two receiver processes. The leader allocates from the slabs both lend it.
 *
 *   MEMBER_FREES    a member frees what it prepared when its timer runs out, and the sender was told its addresses in
 *                   the leader's grant
 *   (none)          a member reveals addresses only in answer to BIND; bound, its timer is off
 *   TWO_LOCKS       instead: two requests take both members' slabs one after the other, in any order
 *   ONE_LEADER      instead: two requests take both in one step
 */
#if defined(TWO_LOCKS) || defined(ONE_LEADER)
#define MEMBERS 2
byte room[MEMBERS];
byte granted = 0;
#define BOTH_GRANTED (granted == 2)
init {
    room[0] = 1; room[1] = 1;
    atomic { run Request(0); run Request(1) }
}
proctype Request(byte first) {
#ifdef TWO_LOCKS
    atomic { room[first] > 0 -> room[first]-- };
    atomic { room[1 - first] > 0 -> room[1 - first]-- };
#else
    atomic { room[0] > 0 && room[1] > 0 -> room[0]--; room[1]-- };
#endif
    atomic { room[0]++; room[1]++; granted++ }
}
#else
mtype = { IDLE, PREPARED, BOUND, GIVEN_AWAY };
mtype member = IDLE;
byte owner = 0;
bit wasRefused = 0;
bit hasWritten = 0;
chan bind = [1] of { bit };
chan addresses = [1] of { bit };
#define WRITTEN_WHILE_BOUND (hasWritten && member == BOUND)
#define REFUSED_AFTER_TIMER (wasRefused && member == GIVEN_AWAY)

active proctype Member() {
    bit told;
    atomic { member = PREPARED; owner = 1 };
end:
    do
    :: atomic { member == PREPARED -> member = GIVEN_AWAY; owner = 2 }
#ifndef MEMBER_FREES
    :: atomic {
           bind?told ->
           if
           :: member == PREPARED -> member = BOUND; addresses!1
           :: else -> addresses!0
           fi
       }
#endif
    od
}

active proctype Sender() {
    bit isBound = 1;
    owner != 0;
#ifndef MEMBER_FREES
    bind!1;
    addresses?isBound;
#endif
    atomic {
        if
        :: isBound -> assert(owner == 1); hasWritten = 1
        :: else -> wasRefused = 1
        fi
    }
}
#endif
#include "reach.pml"
