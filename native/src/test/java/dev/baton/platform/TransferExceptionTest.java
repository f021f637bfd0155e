package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TransferExceptionTest {
    @Test
    void shouldGiveEachKindItsOwnReasonAndItsFacts() {
        List<TransferException> all = List.of(
            new BadMessageException("RESERVE", "lengthBytes=-1"),
            new CorruptCellException(7, 3, 0xdeadbeef, 0x1),
            new MissingCellException(7, 3, 10, 20),
            new PeerLostException(7, "node-2", "lock free"),
            new WriteFailedException(7, "lane=1", new IOException("reset")));

        assertEquals(TransferException.class.getPermittedSubclasses().length,
            all.stream().map(TransferException::reason).collect(Collectors.toSet()).size());
        assertTrue(all.get(1).getMessage().contains("handoffId=7 cellIndex=3 crcSent=0xdeadbeef crcLanded=0x1"));
        assertTrue(all.get(2).getMessage().contains("bytesLanded=10 bytesExpected=20"));
    }
}
