"""What phones send, one file an app: pure functions from a request to fixes in one neutral form.

request ─► Message ─► owntracks.read / traccar_client.read / … ─► Reading: key shown, fixes, what could not be read
                                                                   table.SENDERS: path, reader, answer
"""
