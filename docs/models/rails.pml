/* rails.pml - the cells of one reservation go over two lanes that know nothing of each other; FIN goes by control.
 *
 *   (none)      FIN alone closes the reservation
 *   ONE_MARK    a mark behind the data of the first lane, too
 *   ALL_MARKS   a mark behind the data of each lane
 */
#include "states.pml"
#define RESERVATIONS 2
#define LANES 2
mtype = { DATA, TAIL };
byte owner = 0;
byte session = 1;
byte landed[LANES];
bit marked[LANES];
bit hasFin = 0;
byte completed = 0;
mtype state;
chan grant = [RESERVATIONS] of { byte, byte };
chan lane0 = [6] of { mtype, byte, byte };
chan lane1 = [6] of { mtype, byte, byte };
chan fin = [6] of { byte };
#define EVERY_ONE_COMPLETED (completed == RESERVATIONS)
#define ONE_GIVEN_UP_ONE_COMPLETED (completed == 1 && session == 2 && owner == 0)
#ifdef ALL_MARKS
#define IS_CLOSED (hasFin && marked[0] && marked[1])
#elif defined(ONE_MARK)
#define IS_CLOSED (hasFin && marked[0])
#else
#define IS_CLOSED (hasFin)
#endif

active proctype Receiver() {
    byte id = 1;
    byte said;
    do
    :: id <= RESERVATIONS ->
        atomic {
            state = QUEUED; receiverStep(state, GRANTED);
            owner = id; hasFin = 0;
            landed[0] = 0; landed[1] = 0; marked[0] = 0; marked[1] = 0;
            grant!id, session
        };
        do
        :: atomic { fin?said -> if :: said == id -> hasFin = 1 :: else fi; said = 0 }
        :: atomic {
               IS_CLOSED ->
               receiverStep(state, RECEIVING); receiverStep(state, VERIFYING);
               assert(landed[0] == id && landed[1] == id);
               receiverStep(state, READY); completed++; break
           }
        :: atomic { !IS_CLOSED -> receiverStep(state, REVOKING); session++; break }
        od;
        atomic { owner = 0; id++ }
    :: else -> break
    od
}

active proctype Sender() {
    byte id, granted;
    byte mine = 1;
end:
    do
    :: grant?id, granted ->
        if
        :: mine != session -> mine = session
        :: true
        fi;
        atomic {
            if
            :: granted == mine ->
                lane0!DATA, id, mine; lane0!TAIL, id, mine;
                lane1!DATA, id, mine; lane1!TAIL, id, mine;
                fin!id
            :: else
            fi
        }
    :: mine != session -> mine = session
    od
}

inline accept(lane, number) {
    lane?kind, id, on ->
    if
    :: on == session && kind == DATA -> assert(owner == id); landed[number] = id
    :: on == session && kind == TAIL && owner == id -> marked[number] = 1
    :: else
    fi;
    kind = 0; id = 0; on = 0
}
active proctype Lane0() { mtype kind; byte id, on; end: do :: atomic { accept(lane0, 0) } od }
active proctype Lane1() { mtype kind; byte id, on; end: do :: atomic { accept(lane1, 1) } od }
#include "reach.pml"
