package dev.baton.buffer.tier.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandKeyword;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Objects of a {@link RedisRemote} over one connection, pipelined: of a block, so many pieces are under way at once as
 * {@value #WINDOW}, and the head with the first of them.
 */
final class RedisConnection implements RemoteConnection {
    private static final int WINDOW = 8;

    private final RedisRemote redis;
    private RedisCodec<byte[], RedisPiece> codec = new RedisPieceCodec();
    private StatefulRedisConnection<byte[], RedisPiece> connection;

    RedisConnection(RedisRemote redis) {
        this.redis = redis;
    }

    @Override
    public void find(String[] names, int count, long[] lengthsBytes, long[] storedMs, long timeoutNs) throws RemoteException {
        CommandArgs<byte[], RedisPiece> args = args();
        for (int i = 0; i < count; i++) {
            args.addKey(headKey(names[i]));
        }
        List<byte[]> heads = await(dispatch(CommandType.MGET, new RedisHeadsOutput(codec), args), timeoutNs);
        if (heads.size() != count) {
            throw new RemoteException("redis gave another count than it was asked for: asked=" + count + " given=" + heads.size(),
                false, null);
        }
        for (int i = 0; i < count; i++) {
            byte[] head = heads.get(i);
            lengthsBytes[i] = head == null ? ABSENT : RemoteHead.payloadBytes(head);
            storedMs[i] = head == null ? 0 : RemoteHead.storedMs(head);
        }
    }

    @Override
    public void put(String name, RemoteHead head, BlockMemory payload, long timeoutNs) throws RemoteException {
        ArrayDeque<RedisFuture<String>> window = new ArrayDeque<>();
        int pieces = pieces(payload.lengthBytes());
        int begun = 0;
        try {
            for (; begun < pieces; begun++) {
                if (window.size() == WINDOW) {
                    await(window.poll(), timeoutNs);
                }
                window.add(set(args().addKey(pieceKey(name, begun)).addValue(piece(payload, begun, payload.lengthBytes()))));
            }
            while (!window.isEmpty()) {
                await(window.poll(), timeoutNs);
            }
            await(set(args().addKey(headKey(name)).add(head.bytes())), timeoutNs);
        } catch (RemoteException ex) {
            if (ex.isFull()) {
                unlink(name, begun, timeoutNs);
            }
            throw ex;
        }
    }

    @Override
    public long get(String name, RemoteHead head, BlockMemory target, long timeoutNs) throws RemoteException {
        RedisFuture<List<byte[]>> asked =
            dispatch(CommandType.GET, new RedisHeadsOutput(codec), args().addKey(headKey(name)));
        ArrayDeque<RedisFuture<Integer>> window = new ArrayDeque<>();
        int next = 0;
        for (; next < Math.min(WINDOW, pieces(target.lengthBytes())); next++) {
            window.add(getPiece(name, next, target));
        }
        List<byte[]> heads = await(asked, timeoutNs);
        byte[] found = heads.isEmpty() ? null : heads.getFirst();
        if (found == null) {
            return ABSENT;
        }
        long lengthBytes = RemoteHead.payloadBytes(found);
        if (lengthBytes <= 0) {
            return 0;
        }
        System.arraycopy(found, 0, head.bytes(), 0, RemoteHead.LENGTH_BYTES);
        if (lengthBytes > target.lengthBytes()) {
            return lengthBytes;
        }
        int pieces = pieces(lengthBytes);
        for (int at = 0; at < pieces; at++) {
            int is = await(window.poll(), timeoutNs);
            if (is < 0 && is != RedisPieceOutput.TOO_LONG) {
                // The server evicted a part of it: without its head it can be stored anew.
                unlink(name, pieces, timeoutNs);
                return ABSENT;
            }
            if (is != piece(target, at, lengthBytes).lengthBytes()) {
                return 0;
            }
            if (next < pieces) {
                window.add(getPiece(name, next++, target));
            }
        }
        return lengthBytes;
    }

    /** Pieces are removed as far as the head tells how many there are. */
    @Override
    public void remove(String name, long timeoutNs) throws RemoteException {
        List<byte[]> heads = await(dispatch(CommandType.GET, new RedisHeadsOutput(codec), args().addKey(headKey(name))), timeoutNs);
        byte[] head = heads.isEmpty() ? null : heads.getFirst();
        long lengthBytes = head == null ? 0 : RemoteHead.payloadBytes(head);
        boolean isSane = lengthBytes > 0 && lengthBytes <= redis.payloadBytesMax();
        unlink(name, isSane ? pieces(lengthBytes) : 0, timeoutNs);
    }

    /** Closing goes on in the background; nobody asks how it ends. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void reset() {
        if (connection != null) {
            if (connection.isOpen()) {
                connection.closeAsync();
            }
            connection = null;
            // The old one may still be encoding with its own.
            codec = new RedisPieceCodec();
        }
    }

    private void unlink(String name, int pieces, long timeoutNs) throws RemoteException {
        CommandArgs<byte[], RedisPiece> args = args().addKey(headKey(name));
        for (int i = 0; i < pieces; i++) {
            args.addKey(pieceKey(name, i));
        }
        await(dispatch(CommandType.UNLINK, new IntegerOutput<>(codec), args), timeoutNs);
    }

    private RedisFuture<String> set(CommandArgs<byte[], RedisPiece> args) throws RemoteException {
        if (redis.address().ttlMs() > 0) {
            args.add(CommandKeyword.PX).add(redis.address().ttlMs());
        }
        return dispatch(CommandType.SET, new StatusOutput<>(codec), args);
    }

    private RedisFuture<Integer> getPiece(String name, int at, BlockMemory target) throws RemoteException {
        RedisPieceOutput output = new RedisPieceOutput(codec, piece(target, at, target.lengthBytes()));
        return dispatch(CommandType.GET, output, args().addKey(pieceKey(name, at)));
    }

    private <T> RedisFuture<T> dispatch(CommandType type, CommandOutput<byte[], RedisPiece, T> output,
        CommandArgs<byte[], RedisPiece> args) throws RemoteException {
        if (connection != null && !connection.isOpen()) {
            // The server went away since; it may be back, and what was lost was lost by nobody's fault.
            reset();
        }
        if (connection == null) {
            connection = redis.connect(codec);
        }
        try {
            return connection.async().dispatch(type, output, args);
        } catch (RedisException ex) {
            throw new RemoteException("redis is gone: at=" + redis.describe(), false, ex);
        }
    }

    private <T> T await(RedisFuture<T> answer, long timeoutNs) throws RemoteException {
        try {
            return answer.get(timeoutNs, TimeUnit.NANOSECONDS);
        } catch (ExecutionException ex) {
            boolean isFull = ex.getCause() instanceof RedisCommandExecutionException cause && cause.getMessage() != null &&
                cause.getMessage().startsWith("OOM");
            throw new RemoteException("redis refused: at=" + redis.describe() + " reason=" +
                ex.getCause().getMessage(), isFull, ex);
        } catch (TimeoutException | CancellationException ex) {
            throw new RemoteException("redis does not answer: at=" + redis.describe() + " timeoutMs=" +
                TimeUnit.NANOSECONDS.toMillis(timeoutNs), false, ex);
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new RemoteException("interrupted while redis was asked: at=" + redis.describe(), false, ex);
        }
    }

    private CommandArgs<byte[], RedisPiece> args() {
        return new CommandArgs<>(codec);
    }

    private byte[] headKey(String name) {
        return (redis.address().prefix() + ":1:" + name + ":h").getBytes(US_ASCII);
    }

    private byte[] pieceKey(String name, int at) {
        return (redis.address().prefix() + ":1:" + name + ":" + at).getBytes(US_ASCII);
    }

    private static int pieces(long lengthBytes) {
        return Math.toIntExact((lengthBytes + RedisRemote.PIECE_BYTES - 1) / RedisRemote.PIECE_BYTES);
    }

    private static RedisPiece piece(BlockMemory memory, int at, long lengthBytes) {
        long offset = (long) at * RedisRemote.PIECE_BYTES;
        return new RedisPiece(memory, offset, (int) Math.min(RedisRemote.PIECE_BYTES, lengthBytes - offset));
    }
}
