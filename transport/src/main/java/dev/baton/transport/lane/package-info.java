/**
 * What all lanes share: frames on the wire, checked before use; who may open a lane; landing of frames that lie in
 * memory. The schema is {@code baton.xml}; a lane's frames are LaneOpen, then Data and Mark in any number.
 */
package dev.baton.transport.lane;
