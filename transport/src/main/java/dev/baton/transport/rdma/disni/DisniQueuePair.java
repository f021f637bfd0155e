package dev.baton.transport.rdma.disni;

import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvRecvWR;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvSge;
import com.ibm.disni.verbs.SVCPostRecv;
import com.ibm.disni.verbs.SVCPostSend;
import dev.baton.transport.rdma.verbs.QueuePair;
import dev.baton.transport.rdma.verbs.WriteRequest;
import java.io.IOException;
import java.util.LinkedList;
import java.util.List;

/**
 * Posts by calls that are made up once: DiSNI writes a work request into native memory when the call is made, and of that
 * only addresses, keys, lengths, flags and the number can be changed. So there is one call for each count of pieces, and
 * one for each immediate value that was ever used, with one piece at most.
 */
@SuppressWarnings("JdkObsolete") // DiSNI's own types ask for LinkedList
final class DisniQueuePair implements QueuePair {
    private final IbvQP queuePair;
    private final SVCPostSend[] silent = new SVCPostSend[WriteRequest.PIECES_MAX + 1];
    private SVCPostSend[] telling = new SVCPostSend[0];
    private SVCPostRecv receive;
    private long receiveId;

    DisniQueuePair(IbvQP queuePair) {
        this.queuePair = queuePair;
    }

    @Override
    public void post(WriteRequest write) throws IOException {
        SVCPostSend call = write.immediate() == WriteRequest.SILENT ? silent(write.pieceCount())
            : telling(write.immediate());
        if (write.immediate() != WriteRequest.SILENT && write.pieceCount() != 1) {
            throw new IOException("a write that tells has one piece: pieces=" + write.pieceCount());
        }
        SVCPostSend.SendWRMod request = call.getWrMod(0);
        request.setWr_id(write.requestId());
        request.setSend_flags((write.isSignaled() ? IbvSendWR.IBV_SEND_SIGNALED : 0) +
            (write.isInline() ? IbvSendWR.IBV_SEND_INLINE : 0));
        request.getRdmaMod().setRemote_addr(write.peerAddress());
        request.getRdmaMod().setRkey(write.peerKey());
        for (int i = 0; i < write.pieceCount(); i++) {
            SVCPostSend.SgeMod piece = request.getSgeMod(i);
            piece.setAddr(write.address(i));
            piece.setLength(write.length(i));
            piece.setLkey(write.key(i));
        }
        call.execute();
    }

    @Override
    public void postReceive(long requestId) throws IOException {
        if (receive == null || receiveId != requestId) {
            if (receive != null) {
                receive.free();
            }
            IbvRecvWR request = new IbvRecvWR();
            request.setWr_id(requestId);
            request.setSg_list(new LinkedList<>());
            request.setNum_sge(0);
            receive = queuePair.postRecv(List.of(request), List.of());
            receiveId = requestId;
        }
        receive.execute();
    }

    /** Gives the calls' memory back; before the queue pair goes. */
    void free() {
        for (SVCPostSend call : silent) {
            free(call);
        }
        for (SVCPostSend call : telling) {
            free(call);
        }
        if (receive != null) {
            receive.free();
            receive = null;
        }
    }

    private SVCPostSend silent(int pieceCount) throws IOException {
        if (silent[pieceCount] == null) {
            silent[pieceCount] = call(IbvSendWR.IBV_WR_RDMA_WRITE, pieceCount, 0);
        }
        return silent[pieceCount];
    }

    private SVCPostSend telling(int immediate) throws IOException {
        if (immediate >= telling.length) {
            SVCPostSend[] longer = new SVCPostSend[Integer.highestOneBit(immediate) * 2 + 1];
            System.arraycopy(telling, 0, longer, 0, telling.length);
            telling = longer;
        }
        if (telling[immediate] == null) {
            telling[immediate] = call(IbvSendWR.IBV_WR_RDMA_WRITE_WITH_IMM, 1, immediate);
        }
        return telling[immediate];
    }

    private SVCPostSend call(int operation, int pieceCount, int immediate) throws IOException {
        IbvSendWR request = new IbvSendWR();
        LinkedList<IbvSge> pieces = new LinkedList<>();
        for (int i = 0; i < pieceCount; i++) {
            pieces.add(new IbvSge());
        }
        request.setSg_list(pieces);
        request.setNum_sge(pieceCount);
        request.setOpcode(operation);
        request.setImm_data(Integer.reverseBytes(immediate));
        return queuePair.postSend(List.of(request), List.of());
    }

    private static void free(SVCPostSend call) {
        if (call != null) {
            call.free();
        }
    }
}
