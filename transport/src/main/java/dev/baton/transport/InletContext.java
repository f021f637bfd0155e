package dev.baton.transport;

/**
 * What the receiving end of a lane is told.
 *
 * @param lane      which lane, and data agent, of this process
 * @param host      address to bind
 * @param port      port to bind, 0 for one of the system's choice
 * @param listener  asked and told about everything that lands
 * @param scratchBytes size of the buffer that refused bytes are read into
 */
public record InletContext(int lane, String host, int port, LandingListener listener, int scratchBytes) {}
