package dev.baton.sim.fabric;

import dev.baton.transport.Inlet;
import dev.baton.transport.InletContext;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.Transport;
import dev.baton.transport.TransportContext;
import dev.baton.transport.WriterFence;
import dev.baton.transport.rdma.RdmaLanes;

/** One process's end of lanes over RDMA, by the production's own code, over a simulated card. */
final class CardTransport implements Transport {
    private final SimProcess process;
    private final Card card;
    private final Transport transport;

    CardTransport(SimProcess process, String scheme, TransportContext context) {
        this.process = process;
        this.card = new Card(process);
        this.transport = RdmaLanes.over(card, context, scheme);
    }

    @Override
    public String scheme() {
        return transport.scheme();
    }

    @Override
    public boolean isOneSided() {
        return transport.isOneSided();
    }

    @Override
    public boolean isRegistering() {
        return transport.isRegistering();
    }

    @Override
    public void register(RemoteSlab slab, long address) {
        process.slab(slab, address);
        transport.register(slab, address);
    }

    @Override
    public void registerSource(long address, long lengthBytes) {
        transport.registerSource(address, lengthBytes);
    }

    @Override
    public void prepare() {
        transport.prepare();
    }

    @Override
    public Inlet openInlet(InletContext context) {
        return transport.openInlet(context);
    }

    @Override
    public Link openLink(LinkContext context) {
        return new CardLink(card, transport, context);
    }

    @Override
    public WriterFence fence() {
        return transport.fence();
    }

    @Override
    public void close() {
        transport.close();
    }
}
