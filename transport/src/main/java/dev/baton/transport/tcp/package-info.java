/** Lanes over kernel TCP: the socket is read straight into extents, and written straight from staging. */
package dev.baton.transport.tcp;
