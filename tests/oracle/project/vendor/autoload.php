<?php
require "/usr/share/php/oracle_record.php";
