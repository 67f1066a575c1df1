"""What tests stand on: servers, a cast of people, sockets, a browser."""
