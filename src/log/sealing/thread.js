import './thread-main.ts';
