/* holders.pml - a sealed extent of two cached blocks, and everybody who holds it.
 *
 * Two reservations hit a block, hand it to their engines and release it; a tier reads one; an evictor takes the extent
 * when nobody holds it and writes other blocks there. Who found a block must find its bytes until it lets go.
 *
 *   EVICT_HELD       holders are not looked at
 *   ONE_FLAG         held or not, instead of a count
 *   LOOK_THEN_PIN    the lookup is one step and the pin another
 *   IO_UNHELD        tier I/O does not count as a holder
 *   EVICT_PART       holders are counted for each block, and the extent goes when one of its blocks is free
 *   DROP_TWICE       the engine's release and the news that its process is gone both drop the hold
 *   SEAL_GROWTH      an extent is sealed though one part of it takes generated tokens
 */
#include "states.pml"
#define BLOCKS 2
#define FILLS 3
byte content[BLOCKS];       /* key whose bytes lie there; 0: none */
byte holders = 0;
byte blockHolders[BLOCKS];
bit isSealed = 0;
byte fills = 0;
mtype state[2];
byte taken = 0;
bit hitLate = 0;
#define THREE_HOLD (holders == 3)
#define HIT_AFTER_EVICTION (hitLate)

#if defined(EVICT_HELD)
#define MAY_EVICT (isSealed)
#elif defined(EVICT_PART)
#define MAY_EVICT (isSealed && (blockHolders[0] == 0 || blockHolders[1] == 0))
#else
#define MAY_EVICT (isSealed && holders == 0)
#endif

inline hold(block) {
#ifdef ONE_FLAG
    holders = 1;
#else
    holders++;
#endif
    blockHolders[block]++
}

inline drop(block) {
#ifdef ONE_FLAG
    holders = 0;
#else
    assert(holders > 0);
    holders--;
#endif
    blockHolders[block]--
}

inline find(block) {
#ifdef LOOK_THEN_PIN
    atomic { isSealed && content[block] != 0 -> key = content[block] };
    atomic { hold(block) }
#else
    atomic { isSealed && content[block] != 0 -> key = content[block]; hold(block) }
#endif
}

proctype Reader(byte me) {
    byte key;
    byte mine = me;
    if
    :: find(mine)
    :: goto missed
    fi;
    atomic {
        if :: fills > 1 -> hitLate = 1 :: else fi;
        state[me] = QUEUED; receiverStep(state[me], GRANTED);
        assert(content[mine] == key)
    };
    atomic {
        receiverStep(state[me], RECEIVING); receiverStep(state[me], VERIFYING); receiverStep(state[me], READY);
        assert(content[mine] == key)
    };
    atomic { receiverStep(state[me], TAKEN); assert(content[mine] == key) };
    if
    :: atomic {
           state[me] == TAKEN ->
           assert(content[mine] == key);
           receiverStep(state[me], RELEASED); drop(mine)
       }
#ifndef DROP_TWICE
    :: state[me] == RELEASED
#endif
    fi;
missed:
    skip
}

active proctype LockWatch() {
end:
    if
#ifdef DROP_TWICE
    :: atomic { state[0] == TAKEN || state[0] == RELEASED -> drop(0) }
#else
    :: atomic { state[0] == TAKEN -> receiverStep(state[0], RELEASED); drop(0) }
#endif
    fi
}

active proctype Tier() {
    byte key;
    byte mine = 0;
    if
    :: true -> goto missed
#ifdef IO_UNHELD
    :: atomic { isSealed && content[mine] != 0 -> key = content[mine] };
       atomic { assert(content[mine] == key) }
#else
    :: find(mine);
       atomic { assert(content[mine] == key) };
       atomic { assert(content[mine] == key); drop(mine) }
#endif
    fi;
missed:
    skip
}

active proctype Evictor() {
    do
    :: fills < FILLS ->
        if
        :: atomic { fills == 0 || MAY_EVICT -> isSealed = 0; content[0] = 0; content[1] = 0 }
        :: true -> break
        fi;
        atomic {
            assert(!isSealed);
            fills++; content[0] = fills; content[1] = fills
        };
        isSealed = 1
#ifdef SEAL_GROWTH
        ;
        atomic { assert(!isSealed); content[1] = fills }
#endif
    :: else -> break
    od
}

init { atomic { run Reader(0); run Reader(1) } }
#include "reach.pml"
