/* states.pml - the two tables of legal steps, as the code has them.
 *
 * Receiver: dev.baton.buffer.reserve.ReservationState. Sender: dev.baton.sender.core.OutboundState. The test
 * StateTablesTest reads this file and compares names and steps with those enums, so neither side can change alone.
 * GRANTED is a state of both. A model that keeps a state changes it only through receiverStep and senderStep: a step
 * that the table does not have fails the model.
 */
mtype = { QUEUED, GRANTED, RECEIVING, VERIFYING, READY, TAKEN, REVOKING, FENCING, QUARANTINED, FENCED,
          RELEASED, ABORTED, REJECTED }
mtype = { NEW, PARKED, RESERVING, STREAMING, FIN_SENT, LANDED, CANCELLING, UNKNOWN, DONE, FAILED }

/* receiver table */
#define RECEIVER_MAY(from, to) ( \
    (from == QUEUED      && (to == GRANTED || to == REJECTED)) || \
    (from == GRANTED     && (to == RECEIVING || to == REVOKING || to == ABORTED)) || \
    (from == RECEIVING   && (to == VERIFYING || to == REVOKING)) || \
    (from == VERIFYING   && (to == RECEIVING || to == READY || to == REVOKING)) || \
    (from == READY       && (to == TAKEN || to == RELEASED)) || \
    (from == TAKEN       && (to == RELEASED)) || \
    (from == REVOKING    && (to == FENCING || to == FENCED)) || \
    (from == FENCING     && (to == FENCED || to == QUARANTINED)) || \
    (from == QUARANTINED && (to == FENCED)) || \
    (from == FENCED      && (to == ABORTED)))
/* end of receiver table */

/* sender table */
#define SENDER_MAY(from, to) ( \
    (from == NEW        && (to == RESERVING || to == PARKED || to == FAILED)) || \
    (from == PARKED     && (to == RESERVING || to == FAILED)) || \
    (from == RESERVING  && (to == GRANTED || to == FAILED)) || \
    (from == GRANTED    && (to == STREAMING || to == CANCELLING)) || \
    (from == STREAMING  && (to == FIN_SENT || to == CANCELLING)) || \
    (from == FIN_SENT   && (to == STREAMING || to == LANDED || to == CANCELLING || to == UNKNOWN)) || \
    (from == LANDED     && (to == DONE)) || \
    (from == CANCELLING && (to == FAILED)) || \
    (from == UNKNOWN    && (to == LANDED || to == CANCELLING || to == FAILED)))
/* end of sender table */

#define receiverStep(state, to) assert(RECEIVER_MAY(state, to)); state = to
#define senderStep(state, to)   assert(SENDER_MAY(state, to)); state = to
