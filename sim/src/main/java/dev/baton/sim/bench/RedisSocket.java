package dev.baton.sim.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.baton.buffer.tier.remote.RedisAddress;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A plain connection to a Redis that knows as much of its protocol (RESP2) as a measurement needs: nothing is between the bytes and
 * the socket. One thread.
 */
final class RedisSocket implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final SocketChannel channel;
    private final ByteBuffer received = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();

    /** Connects, over plain TCP, and says who it is. */
    RedisSocket(RedisAddress address) throws IOException {
        channel = SocketChannel.open(new InetSocketAddress(address.host(), address.port()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (!address.password().isEmpty()) {
            ask(address.user().isEmpty() ? new String[] {"AUTH", address.password()}
                : new String[] {"AUTH", address.user(), address.password()});
        }
        ask("SELECT", Integer.toString(address.database()));
    }

    /** Sends a command; its last argument is {@code payload}, where that is not null. */
    void send(ByteBuffer payload, String... words) throws IOException {
        StringBuilder head = new StringBuilder().append('*').append(words.length + (payload == null ? 0 : 1)).append("\r\n");
        for (String word : words) {
            head.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        if (payload != null) {
            head.append('$').append(payload.remaining()).append("\r\n");
        }
        ByteBuffer begin = ByteBuffer.wrap(head.toString().getBytes(US_ASCII));
        ByteBuffer end = ByteBuffer.wrap("\r\n".getBytes(US_ASCII));
        ByteBuffer[] all = payload == null ? new ByteBuffer[] {begin} : new ByteBuffer[] {begin, payload, end};
        while (all[all.length - 1].hasRemaining()) {
            channel.write(all);
        }
    }

    /** Sends a command and awaits its answer: a string, a number, a list, or null. */
    Object ask(String... words) throws IOException {
        send(null, words);
        return answer();
    }

    Object answer() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case ':' -> Long.valueOf(rest);
            case '$' -> textOrNull(Integer.parseInt(rest));
            case '*' -> {
                List<Object> all = new ArrayList<>();
                for (int i = Integer.parseInt(rest); i > 0; i--) {
                    all.add(answer());
                }
                yield all;
            }
            default -> throw new IOException("redis refused: " + line);
        };
    }

    /** A length below 0 stands for nothing. */
    private String textOrNull(int lengthBytes) throws IOException {
        if (lengthBytes < 0) {
            return null;
        }
        return text(ByteBuffer.allocate(lengthBytes));
    }

    /** Takes a string answer of exactly the length of {@code into}. */
    void take(ByteBuffer into) throws IOException {
        String line = line();
        if (!line.equals("$" + into.remaining())) {
            throw new IOException("another answer than was expected: is=" + line + " bytes=" + into.remaining());
        }
        fill(into);
        line();
    }

    private String text(ByteBuffer bytes) throws IOException {
        fill(bytes);
        line();
        return US_ASCII.decode(bytes.flip()).toString();
    }

    private void fill(ByteBuffer into) throws IOException {
        while (received.hasRemaining() && into.hasRemaining()) {
            int count = Math.min(received.remaining(), into.remaining());
            into.put(received.slice(received.position(), count));
            received.position(received.position() + count);
        }
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException("redis closed the connection");
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!received.hasRemaining()) {
                received.clear();
                if (channel.read(received) < 0) {
                    throw new EOFException("redis closed the connection");
                }
                received.flip();
            } else {
                char next = (char) received.get();
                if (next == '\n') {
                    return line.toString();
                } else if (next != '\r') {
                    line.append(next);
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException ex) {
            throw new java.io.UncheckedIOException("socket cannot be closed", ex);
        }
    }
}
